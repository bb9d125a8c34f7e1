// --- One search box for everything ---------------------------------------------------------------

// A combobox: the focus stays in the field, the arrows go through what is found, Entrée opens it, Échap closes it and gives
// the focus back to where one was.
{
  const field = () => byId('cherche');
  const panel = () => byId('trouve');
  const options = () => [...(panel()?.querySelectorAll('[role=option]') ?? [])];
  const isOpen = () => Boolean(panel() && !panel().hidden);
  let before = null;

  function mark(option) {
    options().forEach((one) => one.setAttribute('aria-selected', String(one === option)));
    if (!option) return field().removeAttribute('aria-activedescendant');
    field().setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  function show(open) {
    const input = field();
    if (!input) return;
    panel().hidden = !open;
    const listed = open && byId('trouve-options');
    input.setAttribute('aria-expanded', String(Boolean(listed)));
    if (listed) input.setAttribute('aria-controls', 'trouve-options');
    else input.removeAttribute('aria-controls');
    mark(null);
  }

  // Its page, where the window is too narrow for the box.
  function searchEverywhere() {
    const input = field();
    if (!input?.offsetWidth) {
      const way = document.querySelector('.chercher-lien');
      if (way) location.assign(way.href);
      return;
    }
    if (document.activeElement !== input) before = document.activeElement;
    input.focus();
    input.select();
    if (!isOpen()) htmx.trigger(input, 'ouvrir');
  }

  function leave() {
    show(false);
    if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
    before = null;
  }

  function move(step) {
    const all = options();
    if (!all.length) return;
    const at = all.findIndex((one) => one.getAttribute('aria-selected') === 'true');
    // From the field, ↑ goes to the last and ↓ to the first; past an end, back to the field.
    const to = at < 0 && step < 0 ? all.length - 1 : at + step;
    mark(all[to] ?? null);
  }

  const KEYS = {
    ArrowDown: (input) => (isOpen() ? move(1) : htmx.trigger(input, 'ouvrir')),
    ArrowUp: () => move(-1),
    Enter: (input) => {
      const chosen = isOpen() && byId(input.getAttribute('aria-activedescendant'));
      // Without a choice the form is sent: its page has everything.
      return chosen ? location.assign(chosen.href) : false;
    },
    Escape: () => (isOpen() || before ? leave() : false),
  };

  // Before the other keys of the page: Échap closes this first.
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || document.querySelector('dialog[open]') || !globalThis.htmx) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      if (!field() && !document.querySelector('.chercher-lien')) return;
      event.preventDefault();
      return searchEverywhere();
    }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (event.target.id !== 'cherche' || !plain || !KEYS[event.key] || KEYS[event.key](field()) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // Told to screen readers as what it is once scripts make it so.
  document.addEventListener('focusin', ({ target }) => {
    if (target.id !== 'cherche' || target.hasAttribute('role')) return;
    for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-haspopup', 'listbox'], ['aria-expanded', 'false']]) {
      target.setAttribute(name, value);
    }
  });

  document.addEventListener('focusout', ({ target, relatedTarget }) => {
    if (isOpen() && target.id === 'cherche' && !panel().contains(relatedTarget)) show(false);
  });

  document.addEventListener('click', ({ target }) => {
    if (target.id === 'cherche' && !isOpen() && globalThis.htmx) htmx.trigger(target, 'ouvrir');
  });

  // What was chosen among the results of other words is chosen no more.
  document.addEventListener('input', ({ target }) => { if (target.id === 'cherche') mark(null); });

  // The focus stays in the field while one of the results is clicked.
  document.addEventListener('mousedown', (event) => { if (event.target.closest?.('#trouve')) event.preventDefault(); });

  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    if (ctx.target?.id === 'trouve') show(document.activeElement === field());
  });

  SINGLE_KEYS.set('/', () => {
    const own = document.querySelector('main [data-recherche]');
    if (!own) searchEverywhere();
    return own;
  });
}
