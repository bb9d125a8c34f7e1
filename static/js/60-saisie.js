// --- Forms that create and correct a row --------------------------------------------------------

// A scope of its own: the scripts are served as one.
(() => {
  // A row that the field may name: it fills the field.
  document.addEventListener('click', (event) => {
    const choice = event.target.closest?.('[data-remplir]');
    const field = choice && document.getElementById(choice.dataset.remplir);
    if (!field) return;
    field.value = choice.dataset.valeur;
    choice.closest('.connus').replaceChildren();
    field.dispatchEvent(new Event('change', { bubbles: true }));
    field.focus();
  });

  // What was typed is not left by a slip: the browser asks.
  let typed = Boolean(document.querySelector('form[data-fiche] .erreur-champ, form[data-fiche] [value=confirmer]'));
  const ours = (target) => target.closest?.('form[data-fiche]');
  for (const way of ['input', 'change']) document.addEventListener(way, ({ target }) => { if (ours(target)) typed = true; });
  document.addEventListener('submit', ({ target }) => { if (ours(target)) typed = false; });
  window.addEventListener('beforeunload', (event) => {
    if (typed && document.querySelector('form[data-fiche]')) event.preventDefault();
  });
})();
