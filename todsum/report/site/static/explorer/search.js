'use strict';
// Full-text search: what is there is searched at once, the rest as its pieces arrive.
(() => {
  const AT_ONCE = 6;

  todsum.words = (query) => query.toLowerCase().split(/\s+/).filter(Boolean);

  todsum.Search = class {
    constructor(set) {
      this.set = set;
      this.texts = set.ids.map((id, place) => `${id} ${set.hints[place] ?? ''}`.toLowerCase());
      this.dialogues = [];
      this.summaries = new Map(); // by number of the output
      this.complete = new Set(); // numbers of outputs, and 'dialogues'
    }

    matches(place, words, numbers) {
      const texts = [this.texts[place], this.dialogues[place] ?? '', ...numbers.map((number) => this.summaries.get(number)?.[place] ?? '')];
      return words.every((word) => texts.some((text) => text.includes(word)));
    }

    // Reads what is not yet there; tells after each batch how much of it is, until `wanted` says no.
    async readAll(numbers, wanted, tell) {
      const jobs = [];
      for (const number of numbers) if (!this.complete.has(number)) jobs.push(...this.summaryJobs(number));
      if (this.set.readable && !this.complete.has('dialogues')) jobs.push(...this.dialogueJobs());
      for (let done = 0; done < jobs.length; done += AT_ONCE) {
        if (!wanted()) return;
        await Promise.all(jobs.slice(done, done + AT_ONCE).map((job) => job()));
        tell(Math.min(done + AT_ONCE, jobs.length), jobs.length);
      }
      for (const source of ['dialogues', ...numbers]) this.complete.add(source);
    }

    summaryJobs(number) {
      const texts = this.summaries.get(number) ?? [];
      this.summaries.set(number, texts);
      return this.set.outputs[number].summaries.map(([first, piece]) => async () => {
        (await todsum.load(piece)).forEach(([text], at) => (texts[first + at] = (text ?? '').toLowerCase()));
      });
    }

    dialogueJobs() {
      const byPiece = new Map();
      this.set.cases.forEach(([piece, at], place) => {
        if (!byPiece.has(piece)) byPiece.set(piece, []);
        byPiece.get(piece).push([place, at]);
      });
      return [...byPiece].map(([piece, members]) => async () => {
        const cases = await todsum.load(piece);
        await Promise.all(members.map(([place, at]) => this.add(place, cases[at])));
      });
    }

    async add(place, found) {
      const turns = await this.set.turns(found);
      const texts = [found.query ?? '', ...found.reference, ...turns.map(([speaker, text]) => `${speaker}: ${text}`)];
      this.dialogues[place] = texts.join('\n').toLowerCase();
    }
  };
})();
