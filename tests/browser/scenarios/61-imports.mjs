// A file loaded into the records: sent, understood, checked line by line, written, taken back.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { scenario } from '../cadre.mjs';
import { confirmer, jusqua, sansDefilementHorizontal } from '../outils.mjs';

const COMPTE = 'agent.gosier';
const contient = (page, mots) => jusqua(() => page.locator('#contenu').innerText().then((texte) => texte.includes(mots)), `« ${mots} »`, 60_000);

async function sansFaute(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), [], 'aucune faute d’accessibilité');
}

scenario('charger un fichier d’hébergeurs, l’écrire, l’annuler', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  const nom = `Hôtel du parcours ${js ? 'avec' : 'sans'}`;
  await page.goto('/imports/nouveau?genre=hebergeurs');
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
  await page.getByRole('link', { name: 'Annuler cet import' }).click();
  await contient(page, '1 fiche créée par lui');
  await sansDefilementHorizontal(page, '/imports/annulation');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: 'Annuler cet import' }).click();
  await jusqua(async () => {
    await page.goto(adresse);
    return (await page.locator('#suivi').innerText()).includes('Annulé');
  }, 'l’annulation', 60_000);
  await page.goto(`/hebergeurs?q=${encodeURIComponent(nom)}`);
  assert.equal(await page.locator('#liste tbody a').filter({ hasText: nom }).count(), 0, 'la fiche n’y est plus');
});

// Nothing is loaded again by hand here: the page itself shows what became of the import, and keeps the focus in it.
scenario('suivre un import jusqu’au bout sans recharger la page', { compte: COMPTE, ecrit: true, modes: ['avec'] }, async ({ page }) => {
  const texte = `nom;commune\n${Array.from({ length: 3_000 }, (_, rang) => `Hôte suivi ${rang};97113`).join('\n')}\n`;
  await page.goto('/imports/nouveau?genre=hebergeurs');
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('[hidden]')].filter((element) => getComputedStyle(element).display !== 'none').map((element) => element.outerHTML.slice(0, 80))), [], 'ce qui est caché ne se voit pas');
  await page.locator('#fichiers').setInputFiles([{ name: 'suivi.csv', mimeType: 'text/csv', buffer: Buffer.from(texte) }]);
  assert.equal(await page.locator('.envoi').filter({ visible: true }).count(), 1, 'une carte par fichier');
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'Ce que dit chaque colonne');
  await page.getByRole('button', { name: 'Vérifier toutes les lignes' }).click();
  await contient(page, 'Ce que le fichier ferait');
  const import_ = page.url();
  await page.getByRole('button', { name: /^Écrire 3\s000/ }).click();
  await page.getByRole('button', { name: 'Arrêter ici' }).focus({ timeout: 2000 }).catch(() => {});
  await contient(page, 'Ce que l’import a fait');
  assert.match(await page.locator('#suivi-titre').innerText(), /Terminé/);
  assert.equal(await page.locator('#contenu td .badge').filter({ hasText: 'Prévue' }).count(), 0, 'aucune ligne n’est plus prévue');
  assert.ok(await page.evaluate(() => document.activeElement === document.body || document.getElementById('contenu').contains(document.activeElement)), 'le clavier reste dans la page');
  await sansFaute(page);
  // The same file again: the card of the refused one leads to the first import.
  await page.goto('/imports/nouveau?genre=hebergeurs');
  await page.locator('#fichiers').setInputFiles([{ name: 'suivi bis.csv', mimeType: 'text/csv', buffer: Buffer.from(texte) }]);
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  const lien = page.locator('[data-envois-liste]').getByRole('link', { name: /Ouvrir l’import n°/ });
  await lien.waitFor();
  assert.equal(await lien.getAttribute('href'), new URL(import_).pathname);
  await page.goto(import_);
  await page.getByRole('link', { name: 'Annuler cet import' }).click();
  await contient(page, 'fiches créées par lui');
  await page.getByRole('button', { name: 'Annuler cet import' }).click();
  await contient(page, 'Rejouer cet import');
  assert.match(await page.locator('#suivi-titre').innerText(), /Annulé/);
  await jusqua(async () => await page.locator('#contenu td .badge').filter({ hasText: 'Écrite' }).count() === 0, 'aucune ligne n’est plus écrite', 10_000);
});

scenario('la liste des imports a la place de son bouton et de ses colonnes', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  for (const width of [1280, 1024]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto('/imports');
    await page.locator('#liste').waitFor();
    assert.equal((await page.locator('.tete > a.bouton .mot').boundingBox()).width > 60, true, `à ${width} px, « Charger un fichier » se lit`);
    await sansDefilementHorizontal(page, `/imports à ${width} px`);
    const [bord, fin] = await page.evaluate(() => [innerWidth, Math.max(0, ...[...document.querySelectorAll('.tableau th')].map((cellule) => cellule.getBoundingClientRect().right))]);
    assert.ok(fin <= bord, `à ${width} px, le tableau finit à ${fin}`);
  }
});

async function envoyer(page, nom, texte) {
  await page.goto('/imports/nouveau?genre=hebergeurs');
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

// Some bytes more than two chunks.
const lignes = (mot) => Buffer.from(`nom;commune\n${Array.from({ length: 260_000 }, (_, rang) => `Hôte ${mot} ${rang} de la longue plage;97113`).join('\n')}\n`);

async function deposer(page, fichiers) {
  const transfert = await page.evaluateHandle((tous) => {
    const donnees = new DataTransfer();
    for (const { nom, texte } of tous) donnees.items.add(new File([texte], nom, { type: 'text/csv', lastModified: 1 }));
    return donnees;
  }, fichiers);
  for (const geste of ['dragover', 'drop']) await page.dispatchEvent('[data-depot]', geste, { dataTransfer: transfert });
}

scenario('déposer deux fichiers, la coupure, la reprise', { compte: COMPTE, ecrit: true, modes: ['avec'] }, async ({ page, context }) => {
  await page.goto('/imports/nouveau?genre=hebergeurs');
  const grand = lignes('coupé').toString();
  await deposer(page, [{ nom: 'grand.csv', texte: grand }, { nom: 'petit.csv', texte: 'nom;commune\nHôte déposé;97113\n' }]);
  const envois = page.locator('[data-envois-liste] > li');
  assert.equal(await envois.count(), 2, 'les deux fichiers attendent');
  await sansFaute(page);
  await sansDefilementHorizontal(page, '/imports/nouveau');
  // The second chunk is lost on its way, twice, then the connection is back.
  const demandes = [];
  let perdus = 0;
  await page.route('**/imports/envois/*/morceaux?*', (route) => {
    const position = new URL(route.request().url()).searchParams.get('position');
    demandes.push(position);
    if (position !== '0' && perdus < 2) {
      perdus += 1;
      return route.abort('connectionreset');
    }
    return route.continue();
  });
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'La connexion est coupée');
  await sansFaute(page);
  await jusqua(async () => (await envois.filter({ hasText: 'Reçu' }).count()) === 2, 'les deux fichiers sont reçus', 60_000);
  assert.equal(demandes.filter((position) => position === '0').length, 2, 'le premier morceau de chacun n’est envoyé qu’une fois');
  const adresse = await envois.first().getByRole('link', { name: 'Ouvrir l’import' }).getAttribute('href');
  await page.goto(adresse);
  await contient(page, 'Ce que dit chaque colonne');
  // Only the cut itself may be told.
  context.incidents.splice(0, context.incidents.length, ...context.incidents.filter((incident) => !/ERR_CONNECTION_RESET/.test(incident)));
});

scenario('recharger la page au milieu d’un envoi', { compte: COMPTE, ecrit: true, modes: ['avec'] }, async ({ page, context }) => {
  await page.goto('/imports/nouveau?genre=hebergeurs');
  const fichier = { name: 'rechargé.csv', mimeType: 'text/csv', buffer: lignes('rechargé') };
  await page.locator('#fichiers').setInputFiles([fichier]);
  await page.route('**/imports/envois/*/morceaux?*', (route) => (route.request().url().includes('position=0&') ? route.continue() : route.abort('connectionreset')));
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'La connexion est coupée');
  page.once('dialog', (dialogue) => dialogue.accept());
  await page.unrouteAll();
  await page.goto('/imports/nouveau?genre=hebergeurs');
  await contient(page, 'Envois interrompus');
  await sansFaute(page);
  const positions = [];
  page.on('request', (demande) => { if (demande.url().includes('/morceaux?')) positions.push(new URL(demande.url()).searchParams.get('position')); });
  await page.locator('#fichiers').setInputFiles([fichier]);
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'Ce que dit chaque colonne');
  assert.ok(positions.length > 0 && !positions.includes('0'), `l’envoi reprend où il s’était arrêté : ${positions}`);
  context.incidents.splice(0, context.incidents.length, ...context.incidents.filter((incident) => !/ERR_CONNECTION_RESET/.test(incident)));
});

scenario('inviter plusieurs personnes par un tableau collé, puis les reprendre', { compte: 'admin.riviera', ecrit: true }, async ({ page, js }) => {
  const suite = `${Date.now().toString(36)}${js ? 'a' : 's'}`;
  await page.goto('/utilisateurs/nouveau');
  await confirmer(page);
  await page.goto('/imports/nouveau?genre=utilisateurs');
  assert.ok(await page.locator('#genre-utilisateurs').isChecked());
  await page.fill('#colle', `Prénom\tNom\tCourriel\tRôle\tCollectivités\nAnne\tLot ${suite}\tanne.${suite}@exemple.invalid\tAgent\tLe Gosier\nX\tLot ${suite}\tx.${suite}@exemple.invalid\tExploitant\tLe Gosier\n`);
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'Ce que dit chaque colonne');
  assert.equal(await page.getByText('Fiches qui existent déjà').count(), 0, 'un fichier ne change aucun compte : rien n’est demandé');
  await sansDefilementHorizontal(page, '/imports/lecture des utilisateurs');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: 'Vérifier toutes les lignes' }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#contenu').innerText()).includes('Ce que le fichier ferait');
  }, 'la vérification', 60_000);
  await contient(page, 'gardel user');
  await contient(page, 'un courriel part à chaque personne nouvelle');
  await sansDefilementHorizontal(page, '/imports/verification des utilisateurs');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: /^Écrire 1 utilisateur/ }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#suivi').innerText()).includes('Terminé');
  }, 'l’écriture', 60_000);
  const adresse = page.url();
  if (js) await sansFaute(page);
  await page.goto(`/utilisateurs?q=anne.${suite}`);
  await page.locator('#liste tbody a').filter({ hasText: `Anne Lot ${suite}` }).click();
  await contient(page, 'Lien pour un premier mot de passe');
  await page.goto(adresse);
  await page.getByRole('link', { name: 'Annuler cet import' }).click();
  await page.getByRole('button', { name: 'Annuler cet import' }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#suivi').innerText()).includes('Annulé');
  }, 'l’annulation', 60_000);
  await page.goto(`/utilisateurs?q=anne.${suite}`);
  assert.equal(await page.locator('#liste tbody a').filter({ hasText: `Anne Lot ${suite}` }).count(), 0, 'le compte n’y est plus');
});
