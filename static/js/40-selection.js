// --- Rows chosen for an action -------------------------------------------------------------------

// A scope of its own: the scripts are served as one.
(() => {
  // Ticks belong to a question, not to a page: they stay while one turns its pages, opens a file and comes
  // back, in this tab only. They are keys of rows: the server keeps those that the question and the rights
  // still allow. Without this script the ticks of one page are sent as their places.
  const CHOSEN = 'gardel-choix';
  const CONFIRMED = 'gardel-choix-envoye';

  // A browser may refuse storage, altogether or because it is full: ticks then live as long as the page.
  const kept = new Map();
  const recall = (name) => { if (kept.has(name)) return kept.get(name); try { return sessionStorage.getItem(name); } catch { return null; } };
  const keep = (name, text) => { try { sessionStorage.setItem(name, text); kept.delete(name); } catch { kept.set(name, text); } };
  const forget = (name) => { kept.delete(name); try { sessionStorage.removeItem(name); } catch { /* nothing was kept there */ } };

  const ticks = () => [...document.querySelectorAll('input[name=coche]')];
  const keyOf = (tick) => tick.closest('tr').id.slice(2);
  const plural = (count, one, several) => `${count.toLocaleString('fr-FR')} ${count > 1 ? several : one}`;

  // The ticks of the question shown: `rows` gives the page of each key, `pages` those that were looked at.
  function chosenOf(form) {
    try {
      const known = JSON.parse(recall(CHOSEN));
      if (known?.question === form.dataset.question) return { ...known, rows: new Map(known.rows) };
    } catch { /* written by another version */ }
    return { question: form.dataset.question, rows: new Map(), pages: [] };
  }

  const remember = (chosen) => keep(CHOSEN, JSON.stringify({ ...chosen, rows: [...chosen.rows] }));

  const choice = () => document.getElementById('choix');

  function showTicks() {
    const form = choice();
    if (!form) return;
    const chosen = chosenOf(form);
    const page = form.elements.page.value;
    if (!chosen.pages.includes(page)) {
      chosen.pages.push(page);
      ticks().filter((tick) => tick.checked).forEach((tick) => { chosen.rows.set(keyOf(tick), page); });
      remember(chosen);
    }
    ticks().forEach((tick) => { tick.checked = chosen.rows.has(keyOf(tick)); });
    headerBox();
    tellTicks(chosen);
  }

  // The box of the header, which only a script can serve.
  function headerBox() {
    const corner = document.querySelector('table.liste thead th');
    if (!corner || document.getElementById('cocher-page')) return;
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.id = 'cocher-page';
    box.setAttribute('aria-label', 'Cocher les lignes de cette page');
    corner.prepend(box);
  }

  function tellTicks(chosen) {
    const form = choice();
    const all = ticks();
    const here = all.filter((tick) => tick.checked).length;
    const count = chosen.rows.size;
    const pages = new Set(chosen.rows.values()).size;
    const box = document.getElementById('cocher-page');
    if (box) {
      box.checked = all.length > 0 && here === all.length;
      box.indeterminate = here > 0 && here < all.length;
    }
    form.querySelector('button[value=page]').textContent =
      count > 1 ? `Sur les ${count.toLocaleString('fr-FR')} lignes cochées` : count ? 'Sur la ligne cochée' : 'Sur les lignes cochées';
    const link = form.querySelector('[data-cocher]');
    link.dataset.cocher = here < all.length ? 'oui' : 'non';
    link.textContent = here < all.length ? 'Cocher cette page' : 'Décocher cette page';
    say(form, count ? `${plural(count, 'cochée', 'cochées')}${pages > 1 ? ` sur ${pages} pages` : ''}` : '');
    let none = form.querySelector('[data-decocher]');
    if (count > here && !none) {
      none = document.createElement('button');
      none.type = 'button';
      none.className = 'bouton';
      none.dataset.decocher = 'oui';
      none.textContent = 'Tout décocher';
      form.append(none);
    } else if (count <= here) none?.remove();
  }

  // What is said beside the buttons; a fault is announced at once.
  function say(form, words, fault = false) {
    const place = form.querySelector('.choix-compte');
    place.textContent = words;
    place.classList.toggle('erreur-champ', fault);
    place.setAttribute('role', fault ? 'alert' : 'status');
  }

  function tickAll(wanted, those = ticks()) {
    const form = choice();
    const chosen = chosenOf(form);
    const page = form.elements.page.value;
    const most = Number(form.dataset.plus);
    let full = false;
    for (const tick of those) {
      const key = keyOf(tick);
      if (!wanted) chosen.rows.delete(key);
      else if (chosen.rows.has(key) || chosen.rows.size < most) chosen.rows.set(key, page);
      else full = true;
      tick.checked = chosen.rows.has(key);
    }
    remember(chosen);
    tellTicks(chosen);
    if (full) say(form, `${most.toLocaleString('fr-FR')} lignes cochées au plus. Pour davantage, agissez sur le filtre.`, true);
  }

  let lastTicked;

  document.addEventListener('click', (event) => {
    const { target } = event;
    if (target.name === 'coche' && choice()) {
      const all = ticks();
      const [from, to] = [all.findIndex((tick) => keyOf(tick) === lastTicked), all.indexOf(target)].sort((a, b) => a - b);
      tickAll(target.checked, event.shiftKey && from >= 0 ? all.slice(from, to + 1) : [target]);
      lastTicked = keyOf(target);
      return;
    }
    if (target.id === 'cocher-page') return tickAll(target.checked);
    if (target.closest?.('[data-decocher]')) {
      forget(CHOSEN);
      ticks().forEach((tick) => { tick.checked = false; });
      // This page was looked at: what the server had ticked stays unticked.
      remember({ question: choice().dataset.question, rows: new Map(), pages: [choice().elements.page.value] });
      return showTicks();
    }
    if (target.closest?.('#selectionner') && choice()) return forget(CHOSEN);
    const link = target.closest?.('[data-cocher]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    tickAll(link.dataset.cocher === 'oui');
  });

  function hidden(form, name, value) {
    form.querySelector(`input[type=hidden][name=${name}]`)?.remove();
    if (value === null) return;
    const field = document.createElement('input');
    field.type = 'hidden';
    field.name = name;
    field.value = value;
    form.append(field);
  }

  // The filters as they stand: the server refuses to act when they are not those of the rows.
  function withFilters(form) {
    const filters = document.getElementById('filtres');
    hidden(form, 'formulaire', filters ? new URLSearchParams(new FormData(filters)).toString() : null);
  }

  // Before the others, which disable the buttons of what is sent.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.dataset.confirmation) return keep(CONFIRMED, 'oui');
    if (form.matches('form.export')) return withFilters(form);
    if (form.id !== 'choix') return;
    const keys = [...chosenOf(form).rows.keys()];
    if (event.submitter?.value === 'page' && !keys.length) {
      event.preventDefault();
      return say(form, 'Aucune ligne n’est cochée. Cochez les lignes à changer.', true);
    }
    hidden(form, 'cles', keys.length ? keys.join('.') : null);
    withFilters(form);
  }, true);

  // An action that was confirmed is done with its ticks; one that was refused keeps them.
  if (recall(CONFIRMED)) {
    forget(CONFIRMED);
    if (location.pathname !== '/actions') forget(CHOSEN);
  }

  document.addEventListener('htmx:after:swap', showTicks);
  window.addEventListener('pageshow', showTicks);
  showTicks();
})();
