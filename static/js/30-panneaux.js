// --- What opens over the page --------------------------------------------------------------------

// The style sheet keeps panels inside what they belong to; the form of a cell stands on its cell, and
// is moved by what it lacks.
function keepInside(box) {
  if (!box.offsetWidth) return;
  if (box.style.translate) box.style.translate = '';
  const { left, right } = box.getBoundingClientRect();
  const width = document.documentElement.clientWidth - 8;
  if (right > width) box.style.translate = `${width - right}px`;
  else if (left < 8) box.style.translate = `${8 - left}px`;
}

// Lower than the window, a panel is brought into it.
document.addEventListener('toggle', ({ target }) => {
  if (!target.open) return;
  target.querySelector(':scope > .volet')?.scrollIntoView({ block: 'nearest' });
  const choices = target.matches('.multiple') && target.querySelector(':scope > fieldset');
  if (choices) keepInside(choices);
}, true);

document.addEventListener('htmx:after:swap', () => document.querySelectorAll('.tableau .saisie').forEach(keepInside));

// --- The format of an export ---------------------------------------------------------------------

// The one used last stands on the button.
const FORMAT = 'gardel-format';

function offerLastFormat() {
  document.querySelectorAll('form.export').forEach((form) => {
    let last = null;
    try { last = localStorage.getItem(FORMAT); } catch { /* the first of the menu */ }
    const choice = last && form.querySelector(`.formats button[value="${CSS.escape(last)}"]`);
    if (!choice) return;
    const button = form.querySelector(':scope > button');
    button.value = last;
    button.querySelector('.format').textContent = choice.dataset.court;
    const item = choice.closest('li');
    item.parentElement.prepend(item);
  });
}

document.addEventListener('submit', ({ target, submitter }) => {
  if (!target.matches?.('form.export') || !submitter?.value) return;
  try { localStorage.setItem(FORMAT, submitter.value); } catch { /* asked again next time */ }
});

document.addEventListener('htmx:after:swap', offerLastFormat);
offerLastFormat();

// --- Messages ------------------------------------------------------------------------------------

// They stand over the corner of the page, which they do not push: each can be put away.
function addCloseButtons() {
  document.querySelectorAll('#messages > .message:not(:has(> .fermer))').forEach((message) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'fermer';
    button.setAttribute('aria-label', 'Fermer ce message');
    button.textContent = '×';
    message.append(button);
  });
}

document.addEventListener('click', ({ target }) => target.closest?.('.fermer')?.closest('.message').remove());
document.addEventListener('htmx:after:swap', addCloseButtons);
document.addEventListener('htmx:error', addCloseButtons);
addCloseButtons();
