'use strict';
// Places of examples in the order that was asked for; without a figure last, equals as in the data.
todsum.order = (places, kind, figures, others) => {
  const worth = {
    worst: (place) => figures[place],
    difference: (place) =>
      figures[place] === null || others[place] === null ? null : -Math.abs(figures[place] - others[place]),
  }[kind];
  if (!worth || !figures || (kind === 'difference' && !others)) return places;
  const keyed = places.map((place) => [worth(place) ?? Infinity, place]);
  keyed.sort(([a, first], [b, second]) => (a === b ? first - second : a - b));
  return keyed.map(([, place]) => place);
};
