// One search box for everything: opened from anywhere, gone through by the arrows, left as it was found.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { scenario, verification } from '../cadre.mjs';
import { calme, ETROIT, etatDe, jusqua, ouvrirListe, sansDefilementHorizontal } from '../outils.mjs';

const COMPTE = 'admin.riviera';
const champ = (page) => page.locator('#cherche');
const resultats = (page) => page.locator('#trouve [role=option]');
const foyer = (page) => page.evaluate(() => document.activeElement?.id);
const choisi = (page) => page.evaluate(() => {
  const id = document.querySelector('#cherche').getAttribute('aria-activedescendant');
  return id && document.getElementById(id)?.getAttribute('href');
});

// Something of which its own file says the name.
async function unNom(page, liste) {
  await ouvrirListe(page, liste);
  const lien = page.locator('#liste tbody th a').first();
  return { nom: (await lien.innerText()).trim(), adresse: await lien.getAttribute('href') };
}

scenario('Ctrl+K cherche partout, les flèches choisissent, Entrée ouvre', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  const { nom, adresse } = await unNom(page, '/hebergeurs');
  await page.goto('/');
  await calme(page);
  await page.keyboard.press('Control+k');
  await jusqua(async () => await foyer(page) === 'cherche', 'le focus dans le champ');
  await page.keyboard.type(nom);
  await jusqua(async () => (await resultats(page).evaluateAll((tous) => tous.map((un) => un.getAttribute('href')))).includes(adresse), `« ${nom} » parmi les résultats`);
  assert.equal(await champ(page).getAttribute('role'), 'combobox');
  assert.equal(await champ(page).getAttribute('aria-expanded'), 'true');
  const adresses = await resultats(page).evaluateAll((tous) => tous.map((un) => un.getAttribute('href')));
  for (const attendue of adresses.slice(0, 3)) {
    await page.keyboard.press('ArrowDown');
    assert.equal(await choisi(page), attendue, 'la flèche choisit le suivant');
    assert.equal(await foyer(page), 'cherche', 'le focus reste dans le champ');
  }
  assert.equal(await page.locator('#trouve [aria-selected=true]').count(), 1);
  await page.keyboard.press('ArrowUp');
  assert.equal(await choisi(page), adresses[Math.max(0, Math.min(3, adresses.length) - 2)]);
  while (await choisi(page) !== adresse) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await jusqua(() => new URL(page.url()).pathname === adresse, 'la fiche de l’hébergeur');
  // Opened a moment ago: first when nothing is asked.
  await jusqua(async () => {
    await page.goto('/recherche');
    return (await page.locator('main .trouvailles a').first().getAttribute('href')) === adresse;
  }, 'ce qui vient d’être ouvert, en premier');
});

scenario('Échap ferme la recherche et rend le focus', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const lien = page.locator('#liste tbody th a').nth(2);
  await lien.focus();
  // From a field too: the list's own search keeps « / ».
  await page.keyboard.press('Control+k');
  await jusqua(async () => await foyer(page) === 'cherche', 'le focus dans le champ');
  await page.keyboard.type('villa');
  await jusqua(async () => (await resultats(page).count()) > 0, 'des résultats');
  const annonce = page.locator('#annonce[role=status]');
  await jusqua(async () => /résultat/.test(await annonce.innerText()), 'le nombre de résultats est annoncé');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#trouve').isVisible(), false, 'rien ne reste ouvert');
  assert.ok(await lien.evaluate((element) => element === document.activeElement), 'le focus est rendu');
  assert.equal(await champ(page).getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('/');
  await jusqua(async () => await page.evaluate(() => document.activeElement?.matches('#filtres [data-recherche]')), 'la barre oblique va à la recherche de la liste');
  await page.goto('/compte');
  await calme(page);
  await page.keyboard.press('/');
  await jusqua(async () => await foyer(page) === 'cherche', 'sans liste, la barre oblique cherche partout');
  assert.equal(await champ(page).inputValue(), '', 'elle n’est pas tapée');
});

scenario('la recherche ouverte se referme quand on la quitte', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await page.goto('/compte');
  await calme(page);
  await champ(page).click();
  await champ(page).fill('villa');
  await jusqua(async () => (await resultats(page).count()) > 0, 'des résultats');
  await page.keyboard.press('Tab');
  await jusqua(async () => !(await page.locator('#trouve').isVisible()), 'la fermeture');
  // What is refused is said under the field, and the page stays.
  await champ(page).fill('…');
  await jusqua(async () => /ni lettre ni chiffre/.test(await page.locator('#trouve').innerText()), 'la phrase du refus');
});

scenario('sans choix, Entrée ouvre la page de la recherche', { compte: COMPTE }, async ({ page, js }) => {
  await page.goto('/compte');
  if (js) await calme(page);
  await champ(page).fill('villa');
  await page.keyboard.press('Enter');
  await jusqua(() => new URL(page.url()).pathname === '/recherche', 'la page de la recherche');
  assert.equal(await champ(page).inputValue(), 'villa');
  assert.ok(await page.locator('main .trouvailles a').count() > 0, 'des résultats sans JavaScript');
  const lien = page.locator('main a', { hasText: 'dans la liste' }).first();
  await lien.click();
  await jusqua(() => new URL(page.url()).searchParams.get('q') === 'villa', 'la liste, avec la même question');
});

scenario('sur un téléphone, la recherche a sa page', { compte: COMPTE, taille: ETROIT }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours');
  await page.locator('.chercher-lien').click();
  await jusqua(() => new URL(page.url()).pathname === '/recherche', 'la page de la recherche');
  await champ(page).fill('villa');
  if (js) {
    await jusqua(async () => (await resultats(page).count()) > 0, 'des résultats');
    await sansDefilementHorizontal(page, 'résultats ouverts');
  } else {
    await page.keyboard.press('Enter');
    await jusqua(async () => (await page.locator('main .trouvailles a').count()) > 0, 'des résultats');
  }
});

verification('la recherche ouverte est accessible', async ({ navigateur, ouvrir }) => {
  const context = await ouvrir({ js: true, etat: await etatDe(navigateur, COMPTE) });
  const page = await context.newPage();
  for (const question of ['villa', 'zzzzqqq']) {
    await page.goto('/compte');
    await calme(page);
    await page.keyboard.press('Control+k');
    await champ(page).fill(question);
    await jusqua(async () => page.locator('#trouve').isVisible(), 'ce qui s’ouvre');
    await calme(page);
    if (question === 'villa') await page.keyboard.press('ArrowDown');
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => globalThis.axe.run('.barre', { resultTypes: ['violations'] }));
    assert.deepEqual(violations.map(({ id, nodes }) => `${id} : ${nodes.map(({ html }) => html).join(' ; ')}`), []);
  }
});
