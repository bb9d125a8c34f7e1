// What a browser adds to pages that work without it. Everything listens on the document: htmx
// replaces parts of the page, and all of it on « Retour », without anything to wire again.
'use strict';

const byId = (id) => document.getElementById(id);
const inField = (element) => element.closest?.('input, select, textarea, [contenteditable]');

// --- What htmx looks at --------------------------------------------------------------------------

// It would read every attribute of every element, and ask each link whether it is boosted: on a telephone, a tenth of a
// second for a list. What it serves here says so by one of two attributes.
const SERVED = '[hx-get], [hx-post]';

document.addEventListener('htmx:before:process', (event) => {
  if (event.target.matches(SERVED)) return;
  event.preventDefault();
  event.target.querySelectorAll(SERVED).forEach((element) => htmx.process(element));
});

// --- Focus after a swap --------------------------------------------------------------------------

// htmx finds an element with the same id again; links and buttons without one would lose the focus,
// every second on a page that follows a job.
const lost = new WeakMap();
const signature = (element) => `${element.tagName} ${element.textContent.trim()}`;

document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
  const active = document.activeElement;
  const pager = ctx.sourceElement?.closest?.('.pages a');
  // A page turned with the mouse is read from its top; with the keyboard, « Suivante » stays at hand.
  const fromTop = pager && ctx.sourceEvent?.detail > 0;
  if (fromTop || (ctx.target?.contains?.(active) && active !== document.body)) {
    lost.set(ctx, { id: active.id, signature: signature(active), target: ctx.target.id, fromTop });
  }
});

const focusable = 'a[href], button, input, select, textarea, summary';

function giveFocusBack(ctx) {
  const before = lost.get(ctx);
  if (!before) return;
  lost.delete(ctx);
  const caption = byId('titre-tableau');
  if (before.fromTop && caption) return focusOn(caption);
  if (document.activeElement !== document.body) return;
  const target = byId(before.target) ?? byId('contenu');
  // A cell that became a form, or a form that became a cell.
  const edited = target.id.startsWith('c-') && target.querySelector('[data-saisie], [data-jour], .modifier');
  if (edited) {
    edited.focus({ preventScroll: true });
    return edited.select?.();
  }
  const same = (before.id && byId(before.id))
    || [...target.querySelectorAll(focusable)].find((element) => signature(element) === before.signature);
  if (same) return same.focus({ preventScroll: true });
  focusOn((target.contains(caption) && caption) || target.querySelector('h1, h2') || target);
}

function focusOn(element) {
  if (!element.hasAttribute('tabindex')) element.tabIndex = -1;
  element.focus();
}

document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  giveFocusBack(ctx);
  const list = byId('liste');
  if (list?.dataset.titre && ctx.target?.id === 'liste') document.title = list.dataset.titre;
  const followed = byId('suivi');
  // A tab left in the background says by its title that the work is over.
  if (['suivi', 'contenu'].includes(ctx.target?.id) && followed && !followed.hasAttribute('hx-get')) {
    const words = followed.querySelector('h2')?.textContent.trim();
    if (words && !document.title.startsWith(words)) document.title = `${words} – ${document.title}`;
  }
  // A message that came with a request goes once another has succeeded.
  const messages = byId('messages');
  // htmx keeps the target as the selector when the answer chose it.
  if (ctx.target === '#messages') messages.dataset.passager = 'oui';
  else if (!['compte', 'vues'].includes(ctx.target?.id) && messages?.dataset.passager) clearMessages(messages);
});

function clearMessages(messages) {
  messages.replaceChildren();
  delete messages.dataset.passager;
}

// --- A value changed in its place ----------------------------------------------------------------

// One listener for the pencils of all rows: their attributes would be a tenth of the page.
document.addEventListener('click', (event) => {
  const pencil = event.target.closest?.('a.modifier');
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!pencil || !plain || !globalThis.htmx) return;
  event.preventDefault();
  htmx.ajax('GET', pencil.getAttribute('href'), { source: pencil, event, target: pencil.parentElement, swap: 'outerHTML' });
});

// « Annuler cette modification » gives the value back where it is read, when its cell is on the page.
document.addEventListener('submit', (event) => {
  const form = event.target;
  const place = form.matches?.('#messages form') && /^\/([a-z_]+)\/([0-9]+)\/champs\/([a-z_]+)\/retour$/.exec(form.getAttribute('action'));
  const cell = place && byId(`c-${place[1]}-${place[2]}-${place[3]}`);
  if (!cell || cell.closest('.fiche') || !globalThis.htmx) return;
  event.preventDefault();
  const { id } = cell;
  htmx.ajax('POST', form.getAttribute('action'), { source: cell, target: cell, swap: 'outerHTML', values: Object.fromEntries(new FormData(form)) })
    .then(() => byId(id)?.querySelector('.modifier')?.focus({ preventScroll: true }));
});

// --- Several values of one filter ----------------------------------------------------------------

// The form stays while the list is replaced: what is ticked is said where it is folded.
document.addEventListener('change', ({ target }) => {
  const box = target.closest?.('details.multiple');
  if (!box) return;
  const except = box.querySelector('.sauf input').checked;
  const chosen = [...box.querySelectorAll('label:not(.sauf) :checked')].map((input) => input.parentElement.textContent.trim());
  const words = chosen.length > 1 ? `${chosen.length} valeurs` : chosen[0];
  box.querySelector('summary').textContent = words ? (except ? `sauf ${words}` : words) : 'Indifférent';
});

// A click elsewhere, or Échap, folds it back.
document.addEventListener('click', ({ target }) => {
  document.querySelectorAll('.filtres-champs > .champ > details.multiple[open]').forEach((box) => { if (!box.contains(target)) box.open = false; });
});

document.addEventListener('keydown', (event) => {
  const box = event.key === 'Escape' && event.target.closest?.('details.multiple[open]');
  if (!box) return;
  box.open = false;
  box.querySelector('summary').focus();
});

// --- The network failed --------------------------------------------------------------------------

document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
  const messages = byId('messages');
  // Answers with an error code bring their own message; this is for no answer at all.
  if (!messages || !ctx || ctx.response || messages.querySelector('[data-reseau]')) return;
  const box = document.createElement('div');
  box.className = 'message erreur';
  box.dataset.reseau = 'oui';
  box.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = 'Le serveur n’a pas répondu. Ce que vous voyez n’a pas changé. Vérifiez la connexion de ce poste, puis recommencez.';
  box.append(text);
  messages.replaceChildren(box);
  messages.dataset.passager = 'oui';
  messages.scrollIntoView({ block: 'nearest' });
});

// --- Keyboard ------------------------------------------------------------------------------------

const SHORTCUTS = 'gardel-raccourcis';

// A browser may refuse storage altogether.
function shortcutsOn() {
  try { return localStorage.getItem(SHORTCUTS) !== 'non'; } catch { return true; }
}

function rememberShortcuts(on) {
  try { localStorage.setItem(SHORTCUTS, on ? 'oui' : 'non'); } catch { /* they stay on */ }
}

function showShortcuts() {
  const dialog = byId('raccourcis');
  if (!dialog?.showModal) return;
  byId('raccourcis-actifs').checked = shortcutsOn();
  dialog.showModal();
}

const SINGLE_KEYS = new Map([
  ['/', () => document.querySelector('[data-recherche]')],
  ['?', () => showShortcuts()],
  ['e', () => document.querySelector('[data-raccourci="e"]')],
]);

function singleKey(event) {
  const action = SINGLE_KEYS.get(event.key);
  if (!action || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (inField(event.target) || document.querySelector('dialog[open]') || !shortcutsOn()) return;
  event.preventDefault();
  const element = action();
  element?.focus();
  // Asks for the format before it exports.
  if (event.key === 'e') {
    element?.click();
    element?.closest('details')?.querySelector('.formats button')?.focus();
  }
}

function moveInTable(event) {
  const table = event.target.closest?.('table[data-clavier]');
  if (!table || inField(event.target)) return;
  const links = [...table.querySelectorAll('tbody th a')];
  const row = links.findIndex((link) => link.closest('tr') === event.target.closest('tr'));
  const next = links[row + (event.key === 'ArrowDown' ? 1 : -1)];
  if (!links.length || (row < 0 && event.key === 'ArrowUp')) return;
  event.preventDefault();
  next?.focus();
}

const PANELS = 'details.compte[open], details.volet-outil[open], details.menu-etroit[open]';

function closePanel(event) {
  const panel = event.target.closest?.(PANELS) ?? document.querySelector(PANELS);
  if (!panel || document.querySelector('dialog[open]')) return;
  panel.open = false;
  panel.querySelector('summary').focus();
}

// Escape in the form of a cell shows the value again.
function leaveField(event) {
  const way = event.target.closest?.('.saisie')?.querySelector('[data-abandon]');
  way?.click();
  return Boolean(way);
}

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') moveInTable(event);
  else if (event.key === 'Escape') leaveField(event) || closePanel(event);
  else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    const form = event.target.form;
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  } else singleKey(event);
});

document.addEventListener('click', (event) => {
  if (!event.target.closest?.('[data-raccourcis]') || event.ctrlKey || event.metaKey || event.shiftKey || !byId('raccourcis')?.showModal) return;
  event.preventDefault();
  showShortcuts();
});

document.addEventListener('change', ({ target }) => {
  if (target.id === 'raccourcis-actifs') rememberShortcuts(target.checked);
});

// --- Mouse ---------------------------------------------------------------------------------------

document.addEventListener('click', ({ target }) => {
  document.querySelectorAll(PANELS).forEach((panel) => {
    // The panel of the filters belongs to their form: a field beside it does not close it.
    const around = panel.matches('.plus') ? panel.closest('form') : panel;
    if (!around.contains(target)) panel.open = false;
  });
  if (target.closest?.('[data-imprimer]')) window.print();
  const copier = target.closest?.('[data-copier]');
  if (copier) copy(copier);
});

// What is shown once is copied by a button, which says that it did; where the browser keeps its clipboard to itself, the text is
// left selected.
async function copy(button) {
  const field = byId(button.dataset.copier);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    if (!document.execCommand('copy')) return;
  }
  button.querySelector('span').textContent = button.dataset.copie;
  byId('annonce').textContent = button.dataset.copie;
}

// Text cut to two lines is whole in its tooltip, and on the page of the line.
['pointerover', 'focusin'].forEach((kind) => document.addEventListener(kind, ({ target }) => {
  const text = target.closest?.('.long');
  if (text && !text.title && text.scrollHeight > text.clientHeight) text.title = text.textContent.trim();
}));

// --- Forms ---------------------------------------------------------------------------------------

// A second click must not ask twice. Later, so that the button pressed is still sent with the rest.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  setTimeout(() => form.querySelectorAll('button:not([type=button])').forEach((button) => {
    if (button.disabled) return;
    button.disabled = true;
    button.dataset.envoi = 'oui';
  }));
});

// The page may come back as it was left.
window.addEventListener('pageshow', () => {
  document.querySelectorAll('[data-envoi]').forEach((button) => {
    button.disabled = false;
    delete button.dataset.envoi;
  });
});

document.querySelector('[data-focus]')?.focus();
