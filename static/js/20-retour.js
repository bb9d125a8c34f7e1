// --- Coming back from a file ---------------------------------------------------------------------

// The list one comes back to shows the row, where it stood, with the focus on its link.
const TRAIL = 'gardel-piste';
const LEFT = 'gardel-page';

// The address of a list may hold a name that was looked for: it does not outlive the session.
if (location.pathname === '/connexion') {
  try { [TRAIL, LEFT].forEach((name) => sessionStorage.removeItem(name)); } catch { /* nothing was kept */ }
}

function kept(name) {
  try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; }
}

function keep(name, value) {
  try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* the place is not found again, that is all */ }
}

const here = () => location.pathname + location.search;

document.addEventListener('click', ({ target }) => {
  const link = target.closest?.('#liste tbody a[href]');
  const row = link?.closest('tr');
  if (!row?.id) return;
  const rows = [...row.parentElement.children].map((one) => one.id);
  keep(TRAIL, { list: here(), path: location.pathname, row: row.id, rows, href: link.getAttribute('href'), top: row.getBoundingClientRect().top });
}, true);

window.addEventListener('pagehide', () => keep(LEFT, location.pathname));

function comeBack() {
  const trail = kept(TRAIL);
  // « Suivant » may have led to another row of the same page.
  const wanted = trail?.rows?.includes(location.hash.slice(1)) ? location.hash.slice(1) : trail?.row;
  const row = trail?.list === here() && byId(wanted);
  const navigation = performance.getEntriesByType('navigation')[0];
  const before = kept(LEFT) ?? '';
  if (!row || !(navigation?.type === 'back_forward' || before === trail.href || before.startsWith(`${trail.path}/`))) return;
  keep(TRAIL, null);
  const link = [...row.querySelectorAll('a[href]')].find((one) => one.getAttribute('href') === trail.href) ?? row.querySelector('a[href]');
  link?.focus({ preventScroll: true });
  if (wanted === trail.row) window.scrollBy(0, row.getBoundingClientRect().top - trail.top);
  else row.scrollIntoView({ block: 'center' });
}

// After the browser has scrolled by itself.
window.addEventListener('pageshow', ({ persisted }) => { if (!persisted) requestAnimationFrame(comeBack); });

// The way up from a file leads to the page of the list that one left.
(() => {
  const trail = kept(TRAIL);
  if (!trail || !location.pathname.startsWith(`${trail.path}/`)) return;
  document.querySelectorAll('main nav a, main .fil a, #f-liste').forEach((link) => {
    if (link.getAttribute('href') === trail.path) link.href = trail.list;
    else if (link.pathname === trail.path && trail.rows?.includes(link.hash.slice(1))) link.href = trail.list + link.hash;
  });
})();
