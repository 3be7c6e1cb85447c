'use strict';
// One example as a person reads it: dialogue, query, state, reference, and the summaries side by side.
(() => {
  const { make } = todsum;
  const UNFILLED = new Set(['', 'none', 'not mentioned']);

  // A text with the words that were searched for marked.
  function found(text, words) {
    if (!words.length) return [text];
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const parts = text.split(new RegExp(`(${escaped.join('|')})`, 'gi'));
    return parts.map((part, number) => (number % 2 ? make('mark', { class: 'hit' }, part) : part));
  }

  function turn([speaker, text], evidence, words) {
    const told = evidence ? make('span', { class: 'tag' }, 'evidence') : null;
    const who = make('b', { class: 'speaker' }, speaker);
    return make('li', { class: evidence ? 'evidence' : null }, who, told, make('span', {}, ...found(text, words)));
  }

  function dialogue(turns, evidence, words) {
    const marked = new Set(evidence);
    const list = make('ol', { class: 'turns', tabindex: '0', 'aria-label': 'Dialogue' });
    list.append(...turns.map((each, number) => turn(each, marked.has(number), words)));
    const head = make('h3', {}, 'Dialogue ', make('span', { class: 'quiet' }, `${turns.length} turns`));
    if (marked.size) {
      const button = make('button', { type: 'button', class: 'plain' }, `To the evidence (${marked.size} turns)`);
      button.addEventListener('click', () => show(list, list.querySelector('.evidence')));
      head.append(' ', button);
    }
    return [make('section', { class: 'card dialogue' }, head, list), list];
  }

  const show = (list, element) => (list.scrollTop = element ? element.offsetTop - list.offsetTop - 12 : 0);

  function stateTable(state) {
    const rows = state.map(([domain, intent, slot, value]) =>
      make(
        'tr',
        { class: UNFILLED.has(value.toLowerCase()) ? 'unfilled' : null },
        make('th', { scope: 'row' }, `${domain} · ${slot}`),
        make('td', {}, value || '–'),
        make('td', { class: 'quiet' }, intent)
      )
    );
    const head = make('tr', {}, ...['Slot', 'Value', 'Intent'].map((name) => make('th', { scope: 'col' }, name)));
    const table = make('table', { class: 'state-table' }, make('thead', {}, head), make('tbody', {}, ...rows));
    return make('section', { class: 'card state-card' }, make('h3', {}, 'State'), make('div', { class: 'wide-scroll' }, table));
  }

  function reference(sentences, words) {
    const text = make('p', { class: 'summary' }, ...found(sentences.join(' '), words));
    return make('section', { class: 'card reference' }, make('h3', {}, 'Reference'), text);
  }

  const percent = (figure) => (figure === null || figure === undefined ? '–' : (100 * figure).toFixed(2));

  function scores(systems, figures, place, names) {
    const shown = Object.keys(names).filter((name) => figures.some((columns) => name in columns));
    if (!shown.length) return null;
    const header = ['System', ...shown.map((name) => names[name])].map((name) => make('th', { scope: 'col' }, name));
    const rows = systems.map((system, number) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, system.name),
        ...shown.map((name) => make('td', { class: 'number' }, percent(figures[number][name]?.[place])))
      )
    );
    const table = make('table', { class: 'score-table' }, make('thead', {}, make('tr', {}, ...header)), make('tbody', {}, ...rows));
    const box = { class: 'wide-scroll', role: 'region', tabindex: '0', 'aria-label': 'Scores of this example' };
    return make('section', { class: 'card scores' }, make('h3', {}, 'Scores'), make('div', box, table));
  }

  // Reads all that an example needs and gives a function that puts it into `element`.
  todsum.readExample = async (set, place, numbers, names, words) => {
    const systems = numbers.map((number) => set.systems[number]);
    const [about, summaries, figures] = await Promise.all([
      set.case(place),
      Promise.all(numbers.map((number) => set.summary(number, place))),
      Promise.all(numbers.map((number) => set.figures(number))),
    ]);
    const turns = about && (await set.turns(about));
    return (element, head) => {
      const left = make('div', { class: 'side' });
      const right = make('div', { class: 'side' });
      let list = null;
      if (about) {
        const [card, turnList] = dialogue(turns, about.evidence, words);
        list = turnList;
        if (about.query !== null) left.append(make('section', { class: 'card query' }, make('h3', {}, 'Query'), make('p', {}, about.query)));
        left.append(card);
        if (about.state.length) left.append(stateTable(about.state));
        right.append(reference(about.reference, words));
      }
      right.append(make('div', { class: 'outputs' }, ...systems.map((system, number) => todsum.summaryCard(system, summaries[number]))));
      right.append(todsum.legend());
      const table = scores(systems, figures, place, names);
      if (table) right.append(table);
      element.replaceChildren(head, make('div', { class: about ? 'sides' : 'sides alone' }, ...(about ? [left, right] : [right])));
      if (list) show(list, list.querySelector('.evidence'));
    };
  };
})();
