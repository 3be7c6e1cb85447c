'use strict';
// Hides tables and rows that are not asked for, and keeps what is asked for in the address.
(() => {
  const form = document.getElementById('filters');
  if (!form) return;
  const controls = [...form.querySelectorAll('select, input')];
  const valueOf = (control) => (control.type === 'checkbox' ? (control.checked ? '1' : '') : control.value);
  const of = (name) => {
    const control = controls.find((control) => control.id === name);
    return control ? valueOf(control) : '';
  };

  function showRows() {
    const backbone = of('backbone');
    const find = of('find').trim().toLowerCase();
    for (const row of document.querySelectorAll('tr[data-name]')) {
      const named = row.dataset.name.toLowerCase().includes(find);
      const hasState = of('state') !== '' && row.dataset.state !== undefined;
      row.hidden = !named || hasState || (backbone !== '' && row.dataset.backbone !== backbone);
    }
  }

  function showSections() {
    let shown = 0;
    for (const section of document.querySelectorAll('.table-section')) {
      const asked = ['dataset', 'setting', 'protocol'].every(
        (name) => of(name) === '' || section.dataset[name] === of(name)
      );
      const rows = [...section.querySelectorAll('.view:not([hidden]) tr[data-name]')];
      const filtered = of('backbone') !== '' || of('state') !== '' || of('find').trim() !== '';
      section.hidden = !asked || (filtered && rows.every((row) => row.hidden));
      shown += section.hidden ? 0 : 1;
    }
    return shown;
  }

  function show() {
    todsum.showScore(of('score'));
    const count = document.getElementById('count');
    if (!count) return;
    showRows();
    const shown = showSections();
    const all = document.querySelectorAll('.table-section').length;
    count.textContent = shown === 0 ? 'No table has such a row.' : `${shown} of ${all} tables`;
  }

  function save() {
    const state = {};
    for (const control of controls) {
      const { id, tagName } = control;
      const value = valueOf(control);
      if (value !== initial.get(control)) state[id] = tagName === 'SELECT' ? value.slice(1) || '-' : value;
    }
    todsum.address.write(state);
  }

  function restore() {
    const state = todsum.address.read();
    if (state === null && location.hash !== '') return; // a place in the page
    form.reset();
    for (const control of controls) {
      const value = state?.[control.id];
      if (value === undefined) continue;
      if (control.type === 'checkbox') {
        control.checked = value === '1';
        continue;
      }
      const option = control.tagName === 'SELECT' ? `=${value === '-' ? '' : value}` : value;
      control.value = option;
      if (control.value !== option) control.value = initial.get(control);
    }
  }

  form.reset();
  const initial = new Map(controls.map((control) => [control, valueOf(control)]));
  form.hidden = false;
  restore();
  show();
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => {
    show();
    save();
  });
  form.addEventListener('reset', () =>
    // the fields change after the event
    setTimeout(() => {
      show();
      save();
    })
  );
  addEventListener('hashchange', () => {
    restore();
    show();
  });
})();
