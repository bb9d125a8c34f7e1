// Whatever opens opens inside the screen: every panel, menu and dialog of every screen, at seven widths.
import assert from 'node:assert/strict';
import { verification } from '../cadre.mjs';
import { adresse, ECRANS } from '../ecrans.mjs';
import { calme, etatDe } from '../outils.mjs';

const LARGEURS = [[320, 700], [360, 740], [768, 1024], [1024, 768], [1366, 768], [1440, 900], [1920, 1080]];

// Opens one after the other what can be opened, and measures it against the window: in the page itself, since a page may have
// hundreds of them. What is placed over the page waits for the browser, what unfolds in it is where it is at once.
async function mesurer(page) {
  return page.evaluate(async () => {
    const image = () => new Promise((suite) => { requestAnimationFrame(suite); });
    const { clientWidth: largeur, clientHeight: hauteur } = document.documentElement;
    const dehors = [];
    for (const volet of document.querySelectorAll('details:has(> summary)')) {
      const titre = volet.querySelector(':scope > summary');
      if (!titre.checkVisibility({ visibilityProperty: true }) || !titre.getBoundingClientRect().width) continue;
      const boite = volet.querySelector('.volet');
      titre.scrollIntoViewIfNeeded();
      volet.open = true;
      if (boite) {
        // The answer of the browser to what has just opened.
        await image();
        await image();
      }
      const nom = titre.textContent.trim();
      for (const un of [volet, ...(boite ? [boite, ...boite.querySelectorAll('input:not([type=hidden]), select, button, a')] : [])]) {
        const { left, right, top, bottom, width } = un.getBoundingClientRect();
        if (!width) continue;
        if (left < -0.5 || right > largeur + 0.5) dehors.push(`« ${nom} » : ${un.tagName}.${un.className} de ${Math.round(left)} à ${Math.round(right)} px sur ${largeur}`);
        if (un === boite && (top < -0.5 || bottom > hauteur + 0.5)) dehors.push(`« ${nom} » : de ${Math.round(top)} à ${Math.round(bottom)} px de haut sur ${hauteur}`);
      }
      volet.open = false;
    }
    return dehors;
  });
}

async function dialogues(page) {
  return page.evaluate(() => [...document.querySelectorAll('dialog')].flatMap((dialogue) => {
    dialogue.showModal();
    const { left, right, top, bottom } = dialogue.getBoundingClientRect();
    dialogue.close();
    const dedans = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    return dedans ? [] : [`dialogue #${dialogue.id} : ${[left, top, right, bottom].map(Math.round)} dans ${innerWidth} × ${innerHeight}`];
  }));
}

for (const ecran of ECRANS) {
  verification(`tout s’ouvre dans l’écran : ${ecran.chemin}`, async ({ navigateur, ouvrir }) => {
    const [compte] = ecran.comptes;
    const context = await ouvrir({ js: true, etat: compte ? await etatDe(navigateur, compte) : undefined });
    const page = await context.newPage();
    await page.goto(await adresse(context, ecran));
    await calme(page);
    // The views of a list come when they are asked for.
    const vues = page.locator('a#vues-lien');
    if (await vues.count()) {
      await vues.click();
      await page.locator('#vues details').waitFor();
      await calme(page);
    }
    const fautes = [];
    for (const [width, height] of LARGEURS) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => { document.querySelectorAll('details[open]').forEach((volet) => { volet.open = false; }); scrollTo(0, 0); });
      for (const faute of [...await mesurer(page), ...await dialogues(page)]) fautes.push(`${width} px, ${faute}`);
    }
    assert.deepEqual(fautes, []);
  });
}
