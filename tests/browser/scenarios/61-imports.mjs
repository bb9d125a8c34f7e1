// A file loaded into the records: sent, understood, checked line by line, written, taken back.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { scenario } from '../cadre.mjs';
import { jusqua, sansDefilementHorizontal } from '../outils.mjs';

const COMPTE = 'agent.gosier';
const contient = (page, mots) => jusqua(() => page.locator('#contenu').innerText().then((texte) => texte.includes(mots)), `« ${mots} »`, 60_000);

async function sansFaute(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), [], 'aucune faute d’accessibilité');
}

scenario('charger un fichier d’hébergeurs, l’écrire, l’annuler', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  const nom = `Hôtel du parcours ${js ? 'avec' : 'sans'}`;
  await page.goto('/imports/nouveau');
  if (js) await sansFaute(page);
  await page.locator('#fichiers').setInputFiles([
    { name: `hotes-${js}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`Raison sociale;Commune;Email;Tél.\n${nom};Le Gosier;h@exemple.gp;0690 12 34 56\nSans commune ${js};Atlantide;;\n`) },
  ]);
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'Ce que dit chaque colonne');
  assert.match(await page.locator('[aria-current="step"]').innerText(), /Lecture/);
  assert.equal(await page.locator('select[name="colonne-0"]').inputValue(), 'nom', 'un titre connu trouve son champ');
  await sansDefilementHorizontal(page, '/imports/lecture');
  if (js) await sansFaute(page);
  await page.locator('select[name="colonne-3"]').selectOption('telephone');
  await page.getByRole('button', { name: 'Vérifier toutes les lignes' }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#contenu').innerText()).includes('Ce que le fichier ferait');
  }, 'la vérification', 60_000);
  await contient(page, 'Atlantide');
  await contient(page, nom);
  await sansDefilementHorizontal(page, '/imports/verification');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: /^Écrire 1 hébergeur/ }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#suivi').innerText()).includes('Terminé');
  }, 'l’écriture', 60_000);
  const adresse = page.url();
  await page.goto(`/hebergeurs?q=${encodeURIComponent(nom)}`);
  await contient(page, nom);
  await page.goto(adresse);
  await page.getByRole('button', { name: 'Annuler cet import' }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#suivi').innerText()).includes('Annulé');
  }, 'l’annulation', 60_000);
  await page.goto(`/hebergeurs?q=${encodeURIComponent(nom)}`);
  assert.equal(await page.locator('#liste tbody a').filter({ hasText: nom }).count(), 0, 'la fiche n’y est plus');
});

async function envoyer(page, nom, texte) {
  await page.goto('/imports/nouveau');
  await page.locator('#fichiers').setInputFiles([{ name: nom, mimeType: 'text/csv', buffer: Buffer.from(texte) }]);
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'Ce que dit chaque colonne');
}

scenario('garder un profil de lecture, qui lit le fichier suivant, puis le retirer', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  const nom = `Export de l’office ${js ? 'avec' : 'sans'}`;
  await envoyer(page, `office-${js}.csv`, `Appellation ${js};Bourg;Joindre\nLe Relais ${js};Le Gosier;relais@exemple.gp\n`);
  for (const [place, champ] of ['nom', 'commune', 'courriel'].entries()) await page.locator(`select[name="colonne-${place}"]`).selectOption(champ);
  await page.getByText('Garder cette lecture comme profil').click();
  await page.locator('#profil-nom').fill(nom);
  await page.getByRole('button', { name: 'Garder le profil' }).click();
  await contient(page, `Lu avec le profil`);
  await envoyer(page, `suite-${js}.csv`, `Joindre;Bourg;Appellation ${js}\nautre@exemple.gp;Le Gosier;L’Autre ${js}\n`);
  await contient(page, 'Lu avec le profil');
  assert.equal(await page.locator('select[name="colonne-2"]').inputValue(), 'nom', 'une colonne se retrouve par son titre');
  await sansDefilementHorizontal(page, '/imports/lecture avec un profil');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: 'Abandonner cet import' }).click();
  await page.goto('/profils');
  await page.getByRole('link', { name: nom }).click();
  await contient(page, 'Nom et partage');
  await sansDefilementHorizontal(page, '/profils/:id');
  if (js) await sansFaute(page);
  await page.locator('#nom').fill(`${nom} renommé`);
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await contient(page, 'renommé');
  await page.getByRole('button', { name: 'Retirer ce profil' }).click();
  await jusqua(() => page.url().includes('/profils') && !/\d$/.test(page.url()), 'la liste des profils', 10_000);
  assert.equal(await page.locator('#liste tbody a').filter({ hasText: nom }).count(), 0, 'le profil n’y est plus');
});

scenario('déplier un tableau large et voir l’effet', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  await envoyer(page, `large-${js}.csv`, `Commune;Alice ${js};Bob ${js}\nLe Gosier;alice${js}@exemple.gp;pas un courriel\n`);
  for (const place of [1, 2]) await page.locator(`select[name="colonne-${place}"]`).selectOption('*');
  const ouvert = page.locator('details', { has: page.locator('#deplie-entete') });
  if (!(await ouvert.evaluate((element) => element.open))) await page.getByText('Colonnes à déplier en lignes').click();
  await page.locator('#deplie-entete').selectOption('nom');
  await page.locator('#deplie-cellule').selectOption('courriel');
  await page.getByRole('button', { name: 'Voir l’effet' }).click();
  await contient(page, '→ Courriel');
  await sansDefilementHorizontal(page, '/imports/lecture dépliée');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: 'Vérifier toutes les lignes' }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#contenu').innerText()).includes('Ce que le fichier ferait');
  }, 'la vérification', 60_000);
  await contient(page, `Bob ${js}`);
  await sansDefilementHorizontal(page, '/imports/verification dépliée');
  await page.getByRole('button', { name: 'Abandonner cet import' }).click();
});
