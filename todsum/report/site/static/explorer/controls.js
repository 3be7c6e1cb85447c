'use strict';
// The fields above the examples: filled from the test set and the state, and read back into it.
(() => {
  const { make, fill } = todsum;
  const MOST = 4;
  const by = (id) => document.getElementById(id);

  todsum.Controls = class {
    constructor(sets, names, changed) {
      Object.assign(this, { names, changed });
      fill(by('set'), sets.map((set) => [set.slug, `${set.title} (${set.n})`]));
      for (const id of ['set', 'domain', 'order', 'by', 'of', 'against']) {
        by(id).addEventListener('change', () => changed({ [id]: by(id).value }));
      }
      by('add').addEventListener('change', () => changed({ systems: [...this.keys, by('add').value] }));
      by('search').addEventListener('input', () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => changed({ q: by('search').value }), 150);
      });
      for (const id of ['choose', 'finder']) by(id).addEventListener('submit', (event) => event.preventDefault());
    }

    // Shows a state. `scores` are the names of the figures that can be sorted by.
    show(set, state, scores) {
      this.keys = state.systems;
      by('set').value = set.slug;
      if (document.activeElement !== by('search')) by('search').value = state.q;
      const domains = [...new Set(set.domains.flat())].sort();
      fill(by('domain'), [['', 'all'], ...domains.map((name) => [name, name])], state.domain);
      by('order').value = state.order;
      fill(by('by'), scores.map((name) => [name, this.names[name] ?? name]), state.by);
      const chosen = state.systems.map((key) => [key, set.systems[set.number(key)].name]);
      fill(by('of'), chosen, state.of);
      fill(by('against'), chosen.filter(([key]) => key !== by('of').value), state.against);
      by('order').querySelector('[value=difference]').disabled = chosen.length < 2;
      by('of-label').hidden = state.order === '';
      by('against-label').hidden = state.order !== 'difference';
      this.showSystems(set, chosen);
    }

    showSystems(set, chosen) {
      const chips = chosen.map(([key, name]) => {
        const attributes = { type: 'button', class: 'chip', 'data-key': key, 'aria-label': `Remove ${name}` };
        const chip = make('button', { ...attributes, disabled: chosen.length < 2 }, name);
        if (chosen.length > 1) chip.append(make('span', { 'aria-hidden': 'true' }, ' ×'));
        chip.addEventListener('click', () => {
          this.changed({ systems: this.keys.filter((other) => other !== key) });
          by('add').focus();
        });
        return chip;
      });
      by('systems').replaceChildren(...chips);
      const others = set.systems.filter((system) => !this.keys.includes(system.key));
      fill(by('add'), [['', 'add a system…'], ...others.map((system) => [system.key, system.name])], '');
      by('add').disabled = chosen.length >= MOST || !others.length;
    }
  };

  // A state that fits a test set, from whatever an address says.
  todsum.fitting = (set, asked) => {
    const known = (asked.systems ?? []).filter((key) => set.number(key) >= 0);
    const first = set.systems.slice(0, 2).map((system) => system.key);
    const systems = known.length ? [...new Set(known)].slice(0, MOST) : first;
    const order = ['worst', 'difference'].includes(asked.order) ? asked.order : '';
    const of = systems.includes(asked.of) ? asked.of : systems[0] ?? '';
    const others = systems.filter((key) => key !== of);
    return {
      set: set.slug,
      systems,
      id: set.ids.includes(asked.id) ? asked.id : '', // then the first of the list
      q: asked.q ?? '',
      domain: set.domains.some((names) => names.includes(asked.domain)) ? asked.domain : '',
      order: order === 'difference' && !others.length ? '' : order,
      by: asked.by ?? '',
      of,
      against: others.includes(asked.against) ? asked.against : others[0] ?? '',
    };
  };
})();
