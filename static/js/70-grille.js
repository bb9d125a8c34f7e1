// --- Many rows entered at once -------------------------------------------------------------------

// A scope of its own: the scripts are served as one.
(() => {
  const grid = (element) => element?.closest?.('table[data-grille]');
  const lines = (table) => [...table.tBodies[0].rows];
  const cells = (line) => [...line.querySelectorAll('input')];
  const at = (table, line, column) => cells(lines(table)[line] ?? document.createElement('tr'))[column];
  const placeOf = (input) => {
    const line = input.closest('tr');
    return { table: grid(input), line: lines(grid(input)).indexOf(line), column: cells(line).indexOf(input) };
  };
  const recompute = (line) => line.dispatchEvent(new Event('change', { bubbles: true }));

  // One more line, like the last one, empty.
  function grow(table) {
    const last = lines(table).at(-1);
    const place = Number(last.dataset.ligne);
    if (place + 1 >= Number(table.dataset.grille)) return false;
    const line = last.cloneNode(true);
    for (const element of [line, ...line.querySelectorAll('*')]) {
      element.removeAttribute('data-htmx-powered');
      element.removeAttribute('aria-invalid');
      for (const { name, value } of [...element.attributes]) {
        const next = value
          .replace(new RegExp(`([-.=])${place}$`), `$1${place + 1}`)
          .replace(new RegExp(`ligne ${place + 1}$`), `ligne ${place + 2}`);
        if (next !== value) element.setAttribute(name, next);
      }
    }
    line.dataset.ligne = String(place + 1);
    line.cells[0].textContent = String(place + 2);
    line.querySelector('.dit').replaceChildren();
    cells(line).forEach((input) => { input.value = ''; input.defaultValue = ''; });
    last.after(line);
    table.form ??= table.closest('form');
    table.form.elements.lignes.value = String(place + 2);
    globalThis.htmx?.process(line);
    return true;
  }

  // From cell to cell: Entrée and the vertical arrows keep the column, the others leave it at its ends.
  document.addEventListener('keydown', (event) => {
    const input = event.target;
    // With Maj, the arrows select what is typed.
    if (event.shiftKey && event.key !== 'Enter') return;
    if (!grid(input) || input.tagName !== 'INPUT' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { table, line, column } = placeOf(input);
    const atStart = input.selectionStart === 0 && input.selectionEnd === 0;
    const atEnd = input.selectionStart === input.value.length && input.selectionEnd === input.value.length;
    let to;
    if (event.key === 'ArrowUp' || (event.key === 'Enter' && event.shiftKey)) to = at(table, line - 1, column);
    else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      if (line + 1 === lines(table).length && input.value) grow(table);
      to = at(table, line + 1, column);
    } else if (event.key === 'ArrowLeft' && atStart) to = at(table, line, column - 1);
    else if (event.key === 'ArrowRight' && atEnd) to = at(table, line, column + 1);
    else return;
    event.preventDefault();
    if (!to) return;
    to.focus();
    to.select();
  }, true);

  const folded = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, ' ').trim();

  // Where each title of a spreadsheet goes: the rank of a column, or nothing.
  function placesOf(table, titles) {
    const known = [...table.tHead.querySelectorAll('[data-titres]')];
    const names = known.map((th) => [folded(th.textContent), folded(th.title), ...th.dataset.titres.split('|')]);
    return titles.map((title) => names.findIndex((all) => all.includes(folded(title))));
  }

  // What a spreadsheet copies: lines, and tabs between cells. With titles that are known, values go where these say.
  function spread(table, from, text) {
    let places = null;
    let ignored = [];
    let rows = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n').map((row) => row.split('\t'));
    // Titles above the values are no stay; an empty cell is.
    const first = rows[0].join('');
    if (rows.length > 1 && /\p{L}/u.test(first) && !/\d/.test(first)) {
      const found = placesOf(table, rows[0]);
      if (found.some((place) => place >= 0)) {
        places = found;
        ignored = rows[0].filter((title, rank) => title.trim() && found[rank] < 0);
      }
      rows = rows.slice(1);
    }
    let left = 0;
    for (const [rank, row] of rows.entries()) {
      const line = from.line + rank;
      if (line >= lines(table).length && !grow(table)) { left += 1; continue; }
      row.forEach((value, shift) => {
        const column = places ? places[shift] : from.column + shift;
        const input = column >= 0 ? at(table, line, column) : null;
        if (input) input.value = value.trim();
      });
      recompute(lines(table)[line]);
    }
    return { pasted: rows.length - left, left, ignored };
  }

  document.addEventListener('paste', (event) => {
    const input = event.target;
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (!grid(input) || !/[\t\n\r]/.test(text.replace(/\r?\n$/, ''))) return;
    event.preventDefault();
    const { table, line, column } = placeOf(input);
    const { pasted, left, ignored } = spread(table, { line, column }, text);
    const told = document.getElementById('registre-colle');
    const several = (count, one, many) => `${count} ${count > 1 ? many : one}`;
    if (told) {
      told.textContent = `${several(pasted, 'ligne collée', 'lignes collées')}.`
        + (ignored.length ? ` Colonnes laissées, sans place ici : ${ignored.map((title) => `« ${title.trim()} »`).join(', ')}.` : '')
        + (left ? ` ${several(left, 'ligne n’a pas tenu', 'lignes n’ont pas tenu')} : cent au plus à la fois.` : '');
    }
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });

  // The cells at fault are those that the line names, now.
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    const line = ctx.target?.closest?.('table[data-grille] tr[data-ligne]');
    if (!line) return;
    const wrong = (line.querySelector('[data-faux]')?.dataset.faux ?? '').split(' ');
    for (const input of cells(line)) {
      if (wrong.includes(input.dataset.colonne)) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    }
  });

  // What is given once changes every line.
  document.addEventListener('change', ({ target }) => {
    const form = target.closest?.('form.registre');
    if (!form || grid(target)) return;
    lines(form.querySelector('table[data-grille]')).filter((line) => cells(line).some((input) => input.value)).forEach(recompute);
  });
})();
