// What a task costs by the keyboard alone, counted while it is done: keys pressed (a combination is one, and so is each
// character typed) and screens that came after the first (documents, and addresses that a page took by itself).
import { jusqua } from './outils.mjs';

const TABULATIONS_MAX = 150;

// To be called before the page shows anything; `zero` begins a task.
export async function compteur(page) {
  const vu = { ecrans: 0, touches: 0 };
  await page.exposeBinding('__ecran', () => { vu.ecrans += 1; });
  await page.addInitScript(() => {
    if (globalThis !== globalThis.top) return;
    globalThis.__ecran();
    const { pushState } = History.prototype;
    History.prototype.pushState = function pousse(...tout) {
      globalThis.__ecran();
      return pushState.apply(this, tout);
    };
  });
  const appuyer = async (touche, fois = 1) => {
    for (let une = 0; une < fois; une += 1) {
      vu.touches += 1;
      await page.keyboard.press(touche);
    }
  };
  const sur = (cible) => page.evaluate((selecteur) => Boolean(document.activeElement?.matches(selecteur)), cible);
  return {
    appuyer,
    async taper(texte) {
      vu.touches += [...texte].length;
      await page.keyboard.type(texte);
    },
    // Goes there as a person does, by one key again and again.
    async atteindre(cible, touche = 'Tab') {
      for (let pas = 0; !(await sur(cible)); pas += 1) {
        if (pas === TABULATIONS_MAX) throw new Error(`${cible} ne s'atteint pas par ${touche} sur ${page.url()}`);
        await appuyer(touche);
      }
    },
    // The person waits until the page is there, and looks.
    async attendre(motif) {
      await jusqua(() => motif.test(new URL(page.url()).pathname), `une page ${motif}`);
      await page.waitForLoadState();
    },
    zero() { Object.assign(vu, { ecrans: 0, touches: 0 }); },
    vu: () => ({ ...vu }),
  };
}
