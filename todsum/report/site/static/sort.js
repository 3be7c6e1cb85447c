'use strict';
// Sorts tables by a column. Cells without a figure stay at the end in both directions.
(() => {
  const texts = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

  function key(row, column, kind) {
    const cell = row.cells[column];
    const value = cell.dataset.value ?? cell.textContent.trim();
    if (kind !== 'number') return value;
    return value === '' ? null : Number(value);
  }

  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === 'number' ? a - b : texts.compare(a, b));
  }

  function sort(header, button) {
    const { kind } = button.dataset;
    const first = kind === 'number' ? 'descending' : 'ascending';
    const other = first === 'descending' ? 'ascending' : 'descending';
    const direction = header.getAttribute('aria-sort') === first ? other : first;
    for (const sibling of header.parentElement.cells) sibling.removeAttribute('aria-sort');
    header.setAttribute('aria-sort', direction);
    const body = header.closest('table').tBodies[0];
    const sign = direction === 'ascending' ? 1 : -1;
    const rows = [...body.rows].map((row) => [key(row, header.cellIndex, kind), row]);
    rows.sort(([a], [b]) => compare(a, b, sign));
    body.append(...rows.map(([, row]) => row));
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button.sort');
    if (button) sort(button.closest('th'), button);
  });
})();
