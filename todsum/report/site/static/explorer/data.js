'use strict';
// Data come as scripts that call todsumData, since fetch does not work from file://.
(() => {
  const handed = new Map();
  const asked = new Map();

  window.todsumData = (name, content) => handed.set(name, content);

  function insert(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `data/${name}.js`;
      script.addEventListener('load', () => {
        script.remove();
        if (handed.has(name)) resolve(handed.get(name));
        else reject(new Error(`data/${name}.js holds something else`));
      });
      script.addEventListener('error', () => {
        script.remove();
        asked.delete(name);
        reject(new Error(`data/${name}.js can’t be read; reload the page if the site was built anew`));
      });
      document.head.append(script);
    });
  }

  todsum.load = (name) => {
    if (!asked.has(name)) asked.set(name, insert(name));
    return asked.get(name);
  };

  // One test set: its index is there, all else comes when it is asked for.
  todsum.TestSet = class {
    constructor(listed, index) {
      Object.assign(this, listed, index);
    }

    static async open(listed) {
      return new todsum.TestSet(listed, await todsum.load(`sets/${listed.slug}`));
    }

    async case(place) {
      if (!this.readable) return null;
      const [piece, at] = this.cases[place];
      return (await todsum.load(piece))[at];
    }

    async turns(found) {
      const [piece, at] = found.dialogue;
      return (await todsum.load(piece))[at];
    }

    async summary(number, place) {
      const pieces = this.outputs[number].summaries;
      const [first, piece] = pieces.findLast(([start]) => start <= place);
      const [text, spans, missing] = (await todsum.load(piece))[place - first];
      return { text, spans, missing };
    }

    async figures(number) {
      return (await todsum.load(this.outputs[number].figures))[0];
    }

    number(key) {
      return this.systems.findIndex((system) => system.key === key);
    }
  };
})();
