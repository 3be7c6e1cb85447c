'use strict';
// Elements are made one by one and texts set as text: no markup is ever read from data.
window.todsum = {
  make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  },

  fill(select, options, chosen) {
    select.replaceChildren(...options.map(([value, label]) => todsum.make('option', { value }, label)));
    select.value = options.some(([value]) => value === chosen) ? chosen : options.length ? options[0][0] : '';
  },
};
