'use strict';
// A list of thousands of which only what can be seen is in the page.
todsum.List = class {
  constructor(box, space, pick) {
    Object.assign(this, { box, space, pick, places: [], chosen: null, describe: null });
    box.addEventListener('scroll', () => requestAnimationFrame(() => this.draw()));
    box.addEventListener('click', (event) => {
      const row = event.target.closest('[role=option]');
      if (row) pick(Number(row.dataset.place));
    });
    addEventListener('resize', () => this.draw());
  }

  get rowHeight() {
    return 58; // as in the style sheet
  }

  show(places, describe) {
    Object.assign(this, { places, describe });
    this.space.style.height = `${places.length * this.rowHeight}px`;
    this.draw();
  }

  choose(place, visibly = true) {
    this.chosen = place;
    const at = this.places.indexOf(place);
    if (visibly && at >= 0) this.bringIntoView(at);
    this.draw();
  }

  toTop() {
    this.box.scrollTop = 0;
  }

  // The example `step` away from the chosen one, or the first where that is not in the list.
  neighbour(step) {
    const at = this.places.indexOf(this.chosen);
    return at < 0 ? this.places[0] : this.places[at + step];
  }

  bringIntoView(at) {
    const top = at * this.rowHeight;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop) this.box.scrollTop = top;
    else if (top + this.rowHeight > scrollTop + clientHeight) this.box.scrollTop = top + this.rowHeight - clientHeight;
  }

  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.rowHeight) - 4);
    const count = Math.ceil(this.box.clientHeight / this.rowHeight) + 8;
    const rows = this.places.slice(first, first + count).map((place, number) => this.row(place, first + number));
    this.space.replaceChildren(...rows);
    const active = this.space.querySelector('[aria-selected=true]');
    if (active) this.box.setAttribute('aria-activedescendant', active.id);
    else this.box.removeAttribute('aria-activedescendant');
  }

  row(place, at) {
    const { make } = todsum;
    const { id, note, hint } = this.describe(place);
    const row = make(
      'div',
      {
        role: 'option',
        id: `option-${place}`,
        'data-place': place,
        'aria-selected': place === this.chosen ? 'true' : 'false',
        'aria-posinset': at + 1,
        'aria-setsize': this.places.length,
      },
      make('span', { class: 'row-id' }, id),
      make('span', { class: 'row-note' }, note),
      make('span', { class: 'row-hint' }, hint)
    );
    row.style.top = `${at * this.rowHeight}px`;
    return row;
  }
};
