// --- A day, typed or picked ----------------------------------------------------------------------

document.documentElement.classList.add('anime');

const two = (text) => text.padStart(2, '0');

// The browser's own calendar, on a field made when it is asked for: what is sent is what stands in the text.
function pickDay(field) {
  const button = field?.parentElement.querySelector('[data-calendrier]');
  if (!button) return;
  let native = button.nextElementSibling;
  if (!native) {
    native = document.createElement('input');
    Object.assign(native, { type: 'date', tabIndex: -1, className: 'calendrier-natif' });
    native.setAttribute('aria-hidden', 'true');
    native.addEventListener('input', (event) => event.stopPropagation());
    native.addEventListener('change', (event) => {
      event.stopPropagation();
      const [year, month, day] = native.value.split('-');
      const before = field.value;
      field.value = day ? `${day}/${month}/${year}` : '';
      field.focus();
      if (field.value !== before) field.dispatchEvent(new Event('change', { bubbles: true }));
    });
    button.after(native);
  }
  const [, day, month, year] = field.value.match(/^(\d{1,2})\D(\d{1,2})\D(\d{4})$/) ?? [];
  native.value = year ? `${year}-${two(month)}-${two(day)}` : '';
  try { native.showPicker(); } catch { native.focus(); }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-calendrier]');
  if (button) pickDay(byId(button.dataset.calendrier));
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowDown' || !event.altKey || !event.target.matches?.('[data-jour]')) return;
  event.preventDefault();
  pickDay(event.target);
});

// --- One row answers a search --------------------------------------------------------------------

// Entrée opens it: at once when the rows shown are those of the words typed, else once they are.
let opening = false;

const searchField = (element) => (element?.matches?.('[data-recherche]') ? element : null);

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && searchField(event.target) && !event.isComposing) opening = true;
  else if (searchField(event.target)) opening = false;
});

document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  const list = byId('liste');
  if (!opening || ctx.target?.id !== 'liste') return;
  opening = false;
  if (searchField(document.activeElement) && list?.dataset.unique) location.assign(list.dataset.unique);
});

