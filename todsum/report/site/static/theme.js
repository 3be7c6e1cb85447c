'use strict';
// Dark or light: as the system has it, until the reader says otherwise.
(() => {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');

  function remembered() {
    try {
      return localStorage.getItem('todsum-theme');
    } catch {
      return null; // storage may be off, as in private windows
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem('todsum-theme', theme);
    } catch {
      // the choice then lasts for this page
    }
  }

  const current = () => root.dataset.theme || (dark.matches ? 'dark' : 'light');

  function label(button) {
    const other = current() === 'dark' ? 'Light' : 'Dark';
    button.textContent = other;
    button.setAttribute('aria-label', `${other} colours`);
  }

  const theme = remembered();
  if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;

  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    button.hidden = false;
    label(button);
    dark.addEventListener('change', () => label(button));
    button.addEventListener('click', () => {
      root.dataset.theme = current() === 'dark' ? 'light' : 'dark';
      remember(root.dataset.theme);
      label(button);
    });
  });
})();
