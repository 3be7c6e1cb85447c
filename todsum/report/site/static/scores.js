'use strict';
// Shows one view of each table: all scores, or one score by target.
todsum.showScore = (score) => {
  for (const section of document.querySelectorAll('.table-section')) {
    const views = [...section.querySelectorAll('.view')];
    const shown = views.find((view) => view.dataset.view === score) ?? views[0];
    for (const view of views) view.hidden = view !== shown;
  }
};
