// Rights of one's own: given on the grid of an account, seen by its person on their next page.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { confirmer, jusqua, MOT_DE_PASSE, remplirConnexion, surConnexion } from '../outils.mjs';

let suite = 0;

scenario('des droits sur mesure se donnent sur la grille et valent dès la page suivante', { compte: 'admin.riviera', ecrit: true }, async ({ page, ouvrir, js }) => {
  suite += 1;
  const adresse = `droits.${Date.now().toString(36)}.${suite}@exemple.invalid`;
  await page.goto('/utilisateurs/nouveau');
  await confirmer(page);
  await page.fill('main [name=courriel]', adresse);
  await page.fill('main [name=nom]', `Droits ${adresse.split('@')[0]}`);
  // The places of a role, or the grid: one of them, with and without scripts.
  assert.ok(!(await page.locator('#droits').isVisible()), 'la grille attend « Sur mesure »');
  await page.selectOption('main [name=role]', 'sur_mesure');
  assert.ok(await page.locator('#droits').isVisible() && !(await page.locator('#collectivites').isVisible()), 'la grille à la place des collectivités');
  const case_ = page.getByLabel('Taxe de séjour, Le Gosier');
  await case_.selectOption({ label: 'Lire' });
  await page.getByRole('button', { name: 'Créer le compte et sa fiche' }).click();
  const lien = await jusqua(async () => (await page.locator('main').innerHTML()).match(/\/invitation\/[\w-]+/)?.[0], 'la fiche d’accueil avec son lien');

  const chezLui = await (await ouvrir({ js })).newPage();
  await chezLui.goto(lien);
  await chezLui.fill('[name=mot_de_passe]', `${MOT_DE_PASSE}-à-lui`);
  await chezLui.fill('[name=confirmation]', `${MOT_DE_PASSE}-à-lui`);
  await chezLui.locator('main [type=submit]').click();
  await jusqua(() => !new URL(chezLui.url()).pathname.startsWith('/invitation/'), 'la sortie de l’invitation');
  if (surConnexion(chezLui)) await remplirConnexion(chezLui, adresse, `${MOT_DE_PASSE}-à-lui`);
  await jusqua(() => !surConnexion(chezLui), 'l’entrée de la personne');
  const nouveau = () => chezLui.locator('main a[href="/sejours/nouveau"]').count();
  await chezLui.goto('/sejours');
  assert.equal(await nouveau(), 0, 'qui lit ne crée pas');
  assert.equal((await chezLui.goto('/sejours/nouveau')).status(), 403);

  await page.goto(`/utilisateurs?q=${encodeURIComponent(adresse)}`);
  await page.locator('main tbody th a, main tbody td a').first().click();
  await jusqua(async () => /\/utilisateurs\/\d+/.test(page.url()), 'la fiche du compte');
  assert.equal(await page.getByLabel('Taxe de séjour, Le Gosier').locator('option:checked').innerText(), 'Lire');
  await page.getByLabel('Taxe de séjour, Le Gosier').selectOption({ label: 'Saisir' });
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await jusqua(async () => (await page.locator('body').innerText()).includes('Compte enregistré'), 'l’enregistrement');
  await chezLui.goto('/sejours');
  assert.equal(await nouveau(), 1, 'qui saisit crée');
  assert.equal((await chezLui.goto('/sejours/nouveau')).status(), 200);

  // Their right goes while a form is open: nothing is kept, and what they typed is there to be copied.
  await chezLui.goto('/hebergeurs/nouveau');
  await chezLui.fill('main [name=nom]', 'Ti Kaz Nef');
  await page.getByLabel('Taxe de séjour, Le Gosier').selectOption({ label: 'Lire' });
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await jusqua(async () => (await page.getByLabel('Taxe de séjour, Le Gosier').locator('option:checked').innerText()) === 'Lire' && (await page.locator('body').innerText()).includes('Compte enregistré'), 'le retrait du droit');
  await chezLui.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await jusqua(async () => (await chezLui.locator('main').innerText()).includes('Ce que vous aviez saisi'), 'le refus, avec ce qui était saisi');
  assert.equal(await chezLui.getByLabel('Nom ou raison sociale').inputValue(), 'Ti Kaz Nef');
  assert.equal(await chezLui.locator('main form').count(), 0, 'rien ne se renvoie d’ici');
});
