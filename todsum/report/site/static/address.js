'use strict';
// A page's state in its address, behind the #: it can be linked to and survives a reload.
todsum.address = {
  // The state, or null where the address names a place in the page or nothing.
  read() {
    const hash = location.hash.slice(1);
    return hash.includes('=') ? Object.fromEntries(new URLSearchParams(hash)) : null;
  },

  write(state) {
    const given = Object.entries(state).filter(([, value]) => value);
    const hash = new URLSearchParams(given).toString().replaceAll('%2C', ',');
    history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
  },
};
