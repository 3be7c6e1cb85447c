'use strict';
// A system's summary with its values marked: by colour, by underline and, for those who see neither, in words.
(() => {
  const { make } = todsum;
  const SIGNS = { right: '✓', wrong: '✗', invented: '+', missing: '∅' };

  function marked(text, spans) {
    const parts = [];
    let at = 0;
    for (const [start, end, kind, label] of spans) {
      parts.push(text.slice(at, start));
      const told = make('span', { class: 'sr' }, ` (${kind}: ${label})`);
      parts.push(make('mark', { class: `value ${kind}`, title: `${kind}: ${label}` }, text.slice(start, end), told));
      at = end;
    }
    parts.push(text.slice(at));
    return parts;
  }

  function line(kind, label) {
    const sign = make('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[kind]);
    return make('li', { class: kind }, sign, make('b', {}, kind), ` ${label}`);
  }

  // Wrong and invented values and missing slots in words; right ones are marked in the text.
  function values(spans, missing) {
    const labels = new Map();
    for (const [, , kind, label] of spans) if (kind !== 'right') labels.set(`${kind} ${label}`, [kind, label]);
    const lines = [...labels.values(), ...missing.map((label) => ['missing', label])];
    return lines.length ? make('ul', { class: 'values' }, ...lines.map(([kind, label]) => line(kind, label))) : null;
  }

  function title(system) {
    const name = system.page ? make('a', { href: `systems/${system.page}.html` }, system.name) : system.name;
    return make('h3', {}, name, make('span', { class: 'quiet' }, ` seed ${system.seed}`));
  }

  todsum.summaryCard = (system, { text, spans, missing }) => {
    const body =
      text === null
        ? make('p', { class: 'notice' }, system.why ?? 'There is no summary.')
        : make('p', { class: 'summary' }, ...(text === '' ? [make('i', {}, 'empty')] : marked(text, spans)));
    return make('section', { class: 'card output' }, title(system), body, values(spans, missing));
  };

  todsum.legend = () =>
    make(
      'p',
      { class: 'legend' },
      'Values: ',
      ...['right', 'wrong', 'invented'].flatMap((kind) => [make('mark', { class: `value ${kind}` }, kind), ' ']),
      make('span', {}, '∅ missing')
    );
})();
