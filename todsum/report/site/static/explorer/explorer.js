'use strict';
// Ties the explorer together: the address says what is shown, every change goes through `change`.
(async () => {
  const { make } = todsum;
  const root = document.getElementById('explorer');
  if (!root) return;
  const by = (id) => document.getElementById(id);
  const { sets, scores: names } = await todsum.load('sets');
  let set = null;
  let search = null;
  let state = {};
  let asking = {}; // the state with changes that are still on their way
  let turn = 0; // what was asked for later must not be overtaken by what was asked for earlier

  const list = new todsum.List(by('list'), by('space'), (place) => change({ id: set.ids[place] }));
  const controls = new todsum.Controls(sets, names, (changes) => change(changes, !('systems' in changes)));
  const numbers = () => state.systems.map((key) => set.number(key));

  // `anew`: the list is another one and is read from its top.
  async function change(changes, anew = false) {
    const mine = ++turn;
    const asked = { ...asking, ...changes };
    asking = asked;
    try {
      const listed = sets.find((other) => other.slug === asked.set) ?? sets[0];
      const opened = set?.slug === listed.slug ? set : await todsum.TestSet.open(listed);
      const next = todsum.fitting(opened, asked);
      const figures = await Promise.all(next.systems.map((key) => opened.figures(opened.number(key))));
      if (mine !== turn) return;
      if (opened !== set) search = new todsum.Search(opened);
      set = opened;
      const scores = scoreNames(figures);
      state = { ...next, by: scores.includes(next.by) ? next.by : scores[0] ?? '' };
      asking = state;
      controls.show(set, state, scores);
      by('why').textContent = set.why ?? '';
      by('why').hidden = !set.why;
      showList(figures);
      if (!state.id) state.id = set.ids[list.places[0] ?? 0] ?? '';
      remember();
      if (anew) list.toTop();
      list.choose(set.ids.indexOf(state.id), !anew);
      await Promise.all([showExample(mine), readOn(mine, figures)]);
    } catch (error) {
      if (mine !== turn) return;
      asking = state;
      by('example').replaceChildren(make('p', { class: 'notice', role: 'alert' }, error.message));
    }
  }

  function scoreNames(figures) {
    const there = new Set(figures.flatMap((columns) => Object.keys(columns)));
    const known = Object.keys(names).filter((name) => there.has(name));
    return [...known, ...[...there].filter((name) => !known.includes(name)).sort()];
  }

  function showList(figures, progress = '') {
    const words = todsum.words(state.q);
    const column = (key) => figures[state.systems.indexOf(key)]?.[state.by];
    const [of, against] = [column(state.of), column(state.against)];
    const asked = (place) =>
      (!state.domain || set.domains[place].includes(state.domain)) &&
      (!words.length || search.matches(place, words, numbers()));
    const places = todsum.order([...set.ids.keys()].filter(asked), state.order, of, against);
    list.show(places, (place) => describe(place, of, against));
    by('found').textContent = `${places.length} of ${set.ids.length} examples${progress}`;
  }

  function describe(place, of, against) {
    const figure = (column) => (column?.[place] ?? null) === null ? '–' : (100 * column[place]).toFixed(1);
    const label = names[state.by] ?? state.by;
    let note = of ? `${label} ${figure(of)}` : '';
    if (state.order === 'difference') note = `${label} ${figure(of)} · ${figure(against)}`;
    return { id: set.ids[place], note, hint: set.hints[place] ?? set.domains[place].join(', ') };
  }

  async function readOn(mine, figures) {
    if (!todsum.words(state.q).length) return;
    const wanted = () => mine === turn;
    await search.readAll(numbers(), wanted, (done, all) => {
      if (wanted()) showList(figures, done < all ? `, reading on: ${done} of ${all} parts` : '');
    });
  }

  async function showExample(mine) {
    const place = set.ids.indexOf(state.id);
    if (place < 0) {
      by('example').replaceChildren(make('p', { class: 'notice' }, 'This test set has no examples.'));
      return;
    }
    const put = await todsum.readExample(set, place, numbers(), names, todsum.words(state.q));
    if (mine === turn) put(by('example'), head(place));
  }

  function head(place) {
    const button = (label, step) => {
      const made = make('button', { type: 'button', class: 'plain', disabled: list.neighbour(step) === undefined }, label);
      made.addEventListener('click', () => walk(step));
      return made;
    };
    const tags = set.domains[place].map((name) => make('span', { class: 'tag' }, name));
    const steps = make('span', { class: 'steps' }, button('Previous', -1), button('Next', 1));
    return make('header', { class: 'example-head' }, make('h2', {}, set.ids[place]), ...tags, steps);
  }

  function walk(step) {
    const place = list.neighbour(step);
    if (place === undefined) return;
    list.choose(place); // at once: the next key may come before the example is there
    change({ id: set.ids[place] });
  }

  function remember() {
    const sorted = state.order !== '';
    todsum.address.write({
      set: state.set,
      systems: state.systems.join(','),
      id: state.id,
      q: state.q,
      domain: state.domain,
      order: state.order,
      by: sorted && state.by,
      of: sorted && state.of,
      against: state.order === 'difference' && state.against,
    });
  }

  function asked() {
    const address = todsum.address.read() ?? {};
    return { ...address, systems: address.systems?.split(',') };
  }

  root.hidden = false;
  todsum.keys(by('search'), by('list'), walk);
  addEventListener('hashchange', () => {
    if (todsum.address.read()) change({ q: '', domain: '', order: '', by: '', of: '', against: '', ...asked() });
  });
  await change(asked());
})();
