// Without a mouse: skip links, shortcuts, where the focus goes, what is said aloud.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { calme, cocherFiltre, ETROIT, jusqua, lienDeTri, lignes, ouvrirListe, parametre, REGION, sansDefilementHorizontal, suivre } from '../outils.mjs';

const COMPTE = 'admin.riviera';
const actif = (page) => page.evaluate(() => {
  const e = document.activeElement;
  return { balise: e.tagName, id: e.id, nom: e.getAttribute('name'), type: e.getAttribute('type'), href: e.getAttribute('href'), texte: e.innerText?.trim() };
});

scenario('le premier Tab offre le lien d’évitement, il mène au contenu', { compte: COMPTE }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  await page.keyboard.press('Tab');
  const lien = await actif(page);
  assert.match(lien.texte ?? '', /contenu/i, `premier élément atteint : ${JSON.stringify(lien)}`);
  assert.ok(await page.locator(`a[href="${lien.href}"]`).first().isVisible(), 'le lien se voit quand il a le focus');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate((cible) => document.querySelector(cible).contains(document.activeElement), lien.href), 'la tabulation reprend dans le contenu');
});

scenario('chaque élément atteint au clavier se voit et porte un repère de focus', { compte: COMPTE }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const vus = [];
  for (let pas = 0; pas < 25; pas += 1) {
    await page.keyboard.press('Tab');
    const etat = await page.evaluate(() => {
      const e = document.activeElement;
      if (e === document.body) return null;
      const style = getComputedStyle(e);
      const cadre = e.getBoundingClientRect();
      return {
        qui: `${e.tagName.toLowerCase()}#${e.id}.${e.className} ${e.innerText?.slice(0, 30) ?? ''}`,
        visible: cadre.width > 1 && cadre.height > 1 && style.visibility === 'visible',
        repere: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none',
      };
    });
    assert.ok(etat, `le focus s'est perdu après ${vus.at(-1)?.qui ?? 'le début'}`);
    assert.ok(etat.visible, `invisible avec le focus : ${etat.qui}`);
    assert.ok(etat.repere, `aucun repère de focus : ${etat.qui}`);
    vus.push(etat);
  }
  assert.ok(new Set(vus.map(({ qui }) => qui)).size > 10, 'le focus avance');
});

scenario('la barre oblique va à la recherche, sauf dans un champ', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  await page.keyboard.press('/');
  await jusqua(async () => (await actif(page)).type === 'search', 'le focus dans une recherche');
  assert.equal(await page.evaluate(() => document.activeElement.value), '', 'la barre oblique n’est pas tapée');
  await page.keyboard.type('a/b');
  assert.equal(await page.evaluate(() => document.activeElement.value), 'a/b', 'dans un champ, elle se tape');
});

scenario('après un tri le focus reste sur la colonne', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  await lienDeTri(page, 'montant').focus();
  await page.keyboard.press('Enter');
  await jusqua(() => /montant/.test(parametre(page, 'tri') ?? ''), 'le tri');
  await calme(page);
  await jusqua(async () => /tri=-?montant/.test((await actif(page)).href ?? ''), 'le focus sur le lien de tri du montant');
});

scenario('après « Suivante » le focus n’est pas perdu', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const avant = await lignes(page);
  await suivre(page, 'Suivante');
  await jusqua(async () => (await lignes(page))[0] !== avant[0], 'la page suivante');
  await calme(page);
  await jusqua(async () => {
    const e = await actif(page);
    return e.balise !== 'BODY' && await page.evaluate((region) => document.querySelector('main').contains(document.activeElement) || !!document.activeElement.closest(region), REGION);
  }, 'un focus dans le contenu');
});

scenario('un filtre est annoncé aux lecteurs d’écran', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const annonce = page.locator('#annonce[role=status]');
  assert.equal(await annonce.count(), 1, 'la région existe avant tout changement');
  // The same element all along: a replaced live region is not read.
  const region = await annonce.elementHandle();
  await cocherFiltre(page, 'statut', 'a_verifier');
  await jusqua(() => parametre(page, 'statut') === 'a_verifier', 'le filtre');
  await jusqua(async () => /\d/.test(await annonce.innerText()) && /séjour/i.test(await annonce.innerText()), 'l’annonce du nombre de séjours');
  assert.ok(await region.evaluate((element) => element.isConnected), 'la région annoncée est toujours la même');
  const dit = await annonce.innerText();
  await cocherFiltre(page, 'statut', '');
  await jusqua(async () => (await annonce.innerText()) !== dit, 'une nouvelle annonce');
});

scenario('les flèches parcourent les lignes du tableau', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const liens = page.locator(REGION).locator('tbody tr th a');
  await liens.nth(0).focus();
  await page.keyboard.press('ArrowDown');
  await jusqua(async () => (await actif(page)).href === await liens.nth(1).getAttribute('href'), 'le focus sur la deuxième ligne');
  await page.keyboard.press('ArrowUp');
  await jusqua(async () => (await actif(page)).href === await liens.nth(0).getAttribute('href'), 'le retour sur la première');
});

scenario('le menu reste utilisable à 320 px', { compte: COMPTE, taille: ETROIT }, async ({ page }) => {
  await ouvrirListe(page, '/');
  await page.locator('summary', { hasText: 'Menu' }).click();
  await page.locator('nav a[href="/sejours"]:visible').click();
  await jusqua(() => new URL(page.url()).pathname === '/sejours', 'les séjours');
  await sansDefilementHorizontal(page, '/sejours');
});
