'use strict';
// The keyboard: j and k (or the arrows) walk through the examples, / goes to the search.
todsum.keys = (search, list, walk) => {
  const steps = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 };
  const inList = { ArrowDown: 1, ArrowUp: -1 };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === search && event.key === 'Escape') {
      list.focus();
      return;
    }
    if (event.target.closest('input, select, textarea')) return;
    const step = steps[event.key] ?? (event.target === list ? inList[event.key] : undefined);
    if (event.key === '/') search.focus();
    else if (step) walk(step);
    else return;
    event.preventDefault();
  });
};
