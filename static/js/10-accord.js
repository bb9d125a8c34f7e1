// --- The form and the list say the same thing ----------------------------------------------------

// What is shown is what is acted on: while the fields ask for something else than what the rows
// answer (somebody types, an answer is on its way, was refused or never came), nothing that takes the
// list's question can be used, and each says why.
const WAITING = 'Les filtres ont changé : la liste se met à jour.';
const REFUSED = 'La liste n’est pas à jour : elle répond encore aux filtres d’avant.';
const ACTS = '.outils-droite :is(a, button, summary), #vues :is(a, button, summary), #choix :is(a, button), #compte a';

// What the fields said when the list last answered them; before that, what the server wrote in them.
const agreements = new WeakMap();
const askedBy = new WeakMap();
let failed = false;
// The question that was refused: asked again as it is, it stays refused until the answer says otherwise.
let refused = '';

const filterFields = (form) => [...form.elements].filter((field) => field.name && !['hidden', 'submit', 'button'].includes(field.type));

function typedIn(field) {
  if (field.options) return [...field.options].filter((option) => option.selected).map((option) => option.value).filter(Boolean);
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked ? [field.value] : [];
  return [field.value.trim()].filter(Boolean);
}

function writtenIn(field) {
  if (field.options) return [...field.options].filter((option) => option.defaultSelected).map((option) => option.value).filter(Boolean);
  if (field.type === 'checkbox' || field.type === 'radio') return field.defaultChecked ? [field.value] : [];
  return [field.defaultValue.trim()].filter(Boolean);
}

const questionOf = (form, read = typedIn) => JSON.stringify(filterFields(form).map((field) => [field.name, read(field)]).filter(([, values]) => values.length));
const agreedIn = (form) => agreements.get(form) ?? questionOf(form, writtenIn);

function compare() {
  const form = byId('filtres');
  const list = byId('liste');
  if (!form || !list) return;
  const agree = questionOf(form) === agreedIn(form);
  if (agree) failed = false;
  if (!agree && !failed) list.setAttribute('aria-busy', 'true');
  else list.removeAttribute('aria-busy');
  const reason = agree ? '' : (failed && REFUSED) || WAITING;
  if ((list.dataset.desaccord ?? '') !== reason || reason) mark(list, reason);
}

function mark(list, reason) {
  if (reason) list.dataset.desaccord = reason;
  else delete list.dataset.desaccord;
  tellDisagreement(list, failed && reason);
  list.querySelectorAll(ACTS).forEach((element) => {
    if (reason) {
      element.setAttribute('aria-disabled', 'true');
      element.title = reason;
    } else if (element.hasAttribute('aria-disabled')) {
      element.removeAttribute('aria-disabled');
      element.removeAttribute('title');
    }
  });
}

// In the place of the chips. Said aloud by the message of the refusal.
function tellDisagreement(list, reason) {
  const there = list.querySelector('.desaccord');
  if (!reason) return there?.remove();
  if (there) return;
  const note = document.createElement('div');
  note.className = 'desaccord';
  const words = document.createElement('span');
  words.textContent = reason;
  note.append(words);
  [['Réessayer', 'oui'], ['Reprendre les filtres de la liste', 'non']].forEach(([text, again]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'bouton';
    button.dataset.accord = again;
    button.textContent = text;
    note.append(button);
  });
  list.querySelector('.outils-droite')?.before(note);
}

function takeListsFilters(form) {
  const agreed = JSON.parse(agreedIn(form));
  filterFields(form).forEach((field) => {
    const values = agreed.filter(([name]) => name === field.name).flatMap(([, list]) => list);
    if (field.options) [...field.options].forEach((option) => { option.selected = values.length ? values.includes(option.value) : option.value === ''; });
    else if (field.type === 'checkbox' || field.type === 'radio') field.checked = values.includes(field.value);
    else field.value = values[0] ?? '';
  });
  clearFieldErrors(form);
  compare();
}

document.addEventListener('click', (event) => {
  const choice = event.target.closest?.('[data-accord]');
  const form = byId('filtres');
  if (choice && form) {
    if (choice.dataset.accord === 'oui') form.requestSubmit();
    else {
      takeListsFilters(form);
      form.querySelector('[data-recherche]')?.focus();
    }
    return;
  }
  if (event.target.closest?.(ACTS)) refuseInDisagreement(event);
}, true);

document.addEventListener('submit', (event) => {
  if (event.target.closest?.('#liste') && event.target.method === 'post') refuseInDisagreement(event);
}, true);

function refuseInDisagreement(event) {
  const reason = event.target.closest('#liste')?.dataset.desaccord;
  if (!reason) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const region = byId('annonce');
  // The same words twice are not said twice.
  region.textContent = '';
  setTimeout(() => { region.textContent = reason; });
}

// A period, or bounds; empty, or bounds: the last one said puts the other back.
function exclude(field) {
  const range = field.closest('[data-choix]');
  if (range && field.value) {
    const choice = byId(range.dataset.choix);
    if (choice && (choice.value === 'vide' || !choice.querySelector('option[value="vide"]'))) choice.value = '';
  } else if (!range && field.value && field.value !== 'renseigne') {
    field.form.querySelectorAll(`[data-choix="${CSS.escape(field.id)}"] input:not([type=date])`).forEach((bound) => { bound.value = ''; });
  }
}

// Before the list is asked for.
document.addEventListener('change', ({ target }) => { if (target.form?.id === 'filtres' && target.id) exclude(target); }, true);

['input', 'change'].forEach((kind) => document.addEventListener(kind, ({ target }) => {
  if (target.form?.id !== 'filtres') return;
  failed = failed && questionOf(target.form) === refused;
  if (failed) return;
  clearFieldError(target);
  compare();
}));

// --- What was refused is said beside its field ---------------------------------------------------

function clearFieldError(field) {
  const error = byId(`${field.id}-erreur`);
  if (!error) return;
  error.replaceChildren();
  field.removeAttribute('aria-invalid');
  field.removeAttribute('aria-describedby');
}

function clearFieldErrors(form) {
  form.querySelectorAll('[aria-invalid]').forEach(clearFieldError);
}

function showFieldError(error) {
  const field = byId(error.id.replace(/-erreur$/, ''));
  if (!field) return;
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', error.id);
  const panel = field.closest('details');
  if (panel) panel.open = true;
}

// --- Answers -------------------------------------------------------------------------------------

document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (ctx.sourceElement?.id !== 'filtres') return;
  askedBy.set(ctx, questionOf(ctx.sourceElement));
  failed = failed && askedBy.get(ctx) === refused;
});

// « Appliquer »: once the rows have come, the panel goes away and they are seen.
let applied = null;
document.addEventListener('submit', ({ submitter }) => {
  applied = submitter?.closest('#filtres .volet')?.closest('details') ?? null;
}, true);

function closeApplied() {
  if (!applied?.open) return;
  applied.open = false;
  applied.querySelector('summary').focus();
  applied = null;
}

document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  const form = byId('filtres');
  if (!form) return;
  if (askedBy.has(ctx)) {
    failed = (ctx.response?.status ?? 0) >= 400;
    if (failed) refused = askedBy.get(ctx);
    else {
      agreements.set(form, askedBy.get(ctx));
      clearFieldErrors(form);
      closeApplied();
    }
    const error = typeof ctx.target === 'string' && /^#f-.*-erreur$/.test(ctx.target) && document.querySelector(ctx.target);
    if (error) showFieldError(error);
  } else if (ctx.target === document.body || ctx.target === 'body') {
    // « Retour »: the fields go back with the rows.
    agreements.delete(form);
    form.reset();
    failed = false;
  }
  compare();
});

document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
  if (ctx?.sourceElement?.id !== 'filtres' || ctx.response) return;
  failed = true;
  refused = askedBy.get(ctx) ?? '';
  compare();
});

// A browser that puts back what was typed before the page was read again.
window.addEventListener('pageshow', compare);
