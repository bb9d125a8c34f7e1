// Changing rows: many at once and taken back, one where it is read, two people on the same value.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { scenario } from '../cadre.mjs';
import { ATTENTE_TRAVAIL_MS, calme, etatDe, jusqua, lignes, ouvrirListe } from '../outils.mjs';

const COMPTE = 'admin.riviera';

// A page that only a form leads to is not among the screens: looked at here.
async function sansFaute(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), [], 'aucune faute d’accessibilité');
}

// A statut that asks for a reason gets the first on offer; the others show no field for it.
async function choisirStatut(page, statut) {
  await page.locator('[name=valeur]').selectOption(statut);
  const motif = page.locator('select[name=motif]');
  assert.equal(await motif.isVisible(), ['conteste', 'rejete'].includes(statut), `le motif de « ${statut} »`);
  if (await motif.isVisible()) await motif.selectOption(await motif.locator(`optgroup[data-pour=${statut}] option`).first().getAttribute('value'));
}

scenario('choisir des lignes, confirmer, annuler', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours?statut=a_verifier&taille=20');
  await page.getByRole('link', { name: 'Sélectionner' }).click();
  await jusqua(() => page.locator('input[name=coche]').count().then((nombre) => nombre === 20), 'une case par ligne');
  const avant = await lignes(page);
  await page.getByRole('link', { name: 'Cocher cette page' }).click();
  await jusqua(() => page.locator('input[name=coche]:checked').count().then((nombre) => nombre === 20), 'toutes les cases cochées');
  await page.locator('input[name=coche]').nth(2).uncheck();
  if (js) assert.match(await page.locator('#choix button[value=page]').innerText(), /19 lignes cochées/, 'le bouton compte');
  await page.locator('#choix select').selectOption('valider');
  await page.locator('#choix button[value=page]').click();
  await jusqua(() => page.getByRole('heading', { level: 1 }).innerText().then((titre) => /^Valider 19 séjours, [\d\s]+ nuits, [\d\s]+,\d\d\s€\s\?$/.test(titre)), 'la page de confirmation et ses sommes');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: 'Valider 19 séjours' }).click();
  await jusqua(() => page.locator('#messages').innerText().then((texte) => texte.includes('19 séjours validés')), 'le message');
  await calme(page);
  const apres = await lignes(page);
  assert.ok(apres.includes(avant[2]) && !apres.includes(avant[0]), 'la ligne décochée reste à vérifier, les autres non');
  await page.getByRole('link', { name: /Voir cette action/ }).click();
  await page.getByRole('button', { name: 'Annuler cette action' }).click();
  await jusqua(() => page.locator('#suivi-titre').innerText().then((titre) => titre === 'Annulée'), 'l’action annulée');
  assert.match(await page.locator('#messages').innerText(), /19 séjours rétablis/);
  await ouvrirListe(page, '/sejours?statut=a_verifier&taille=20');
  assert.deepEqual(await lignes(page), avant, 'la liste est comme avant');
});

scenario('agir sur tout un filtre en arrière-plan, suivre, annuler', { compte: COMPTE, ecrit: true }, async ({ page }) => {
  await ouvrirListe(page, '/sejours?statut=valide&selection=1');
  await page.locator('#choix select').selectOption('a_verifier');
  await page.locator('#choix button[value=filtre]').click();
  const bouton = page.getByRole('button', { name: /^Remettre à vérifier/ });
  await bouton.click();
  await jusqua(() => /^\/actions\/\d+$/.test(new URL(page.url()).pathname), 'la page de l’action');
  const titre = page.locator('#suivi-titre');
  await jusqua(() => titre.innerText().then((texte) => texte === 'Appliquée'), 'l’action appliquée', ATTENTE_TRAVAIL_MS);
  await calme(page);
  await page.getByRole('button', { name: 'Annuler cette action' }).click();
  await jusqua(() => titre.innerText().then((texte) => texte === 'Annulée'), 'l’action annulée', ATTENTE_TRAVAIL_MS);
});

scenario('modifier une valeur dans la liste, se tromper, revenir en arrière', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  await ouvrirListe(page, '/logements?tri=nom');
  const cellule = page.locator('td[data-libelle="Capacité"]').first();
  const avant = (await cellule.innerText()).trim();
  const nouvelle = avant === '11' ? '12' : '11';
  await cellule.getByRole('link', { name: /^Modifier : Capacité/ }).click();
  const champ = page.locator('[name=valeur]');
  await champ.waitFor({ state: 'visible' });
  if (js) {
    await jusqua(() => champ.evaluate((element) => element === document.activeElement), 'le focus dans le champ');
    await page.keyboard.press('Escape');
    await jusqua(async () => (await page.locator('[name=valeur]').count()) === 0, 'Échap rend la valeur');
    await jusqua(() => page.evaluate(() => document.activeElement?.matches('.modifier')), 'le focus revient au crayon');
    await page.keyboard.press('Enter');
    await champ.waitFor({ state: 'visible' });
  }
  await champ.fill('beaucoup');
  await page.keyboard.press('Enter');
  await jusqua(() => page.locator('.erreur-champ:not(:empty)').first().isVisible(), 'l’erreur à côté du champ');
  assert.equal(await page.locator('[name=valeur]').inputValue(), 'beaucoup', 'ce qui est tapé reste');
  if (js) await sansFaute(page);
  await page.locator('[name=valeur]').fill(nouvelle);
  await page.keyboard.press('Enter');
  await jusqua(() => page.locator('#messages').innerText().then((texte) => texte.includes('Capacité')), 'le message');
  assert.equal(new URL(page.url()).search, '?tri=nom', 'la même liste');
  assert.equal((await page.locator('td[data-libelle="Capacité"]').first().innerText()).trim(), nouvelle);
  await page.getByRole('button', { name: 'Annuler cette modification' }).click();
  await jusqua(() => page.locator('#messages').innerText().then((texte) => /rétabli/.test(texte)), 'la valeur rétablie');
  assert.equal((await page.locator('td[data-libelle="Capacité"]').first().innerText()).trim(), avant);
});

scenario('deux personnes sur la même valeur : chacune est montrée', { compte: COMPTE, ecrit: true }, async ({ page, navigateur, ouvrir, js }) => {
  await ouvrirListe(page, '/sejours?commune=97113');
  const chemin = await page.locator('#liste tbody th a').first().getAttribute('href');
  await page.goto(`${chemin}/champs/statut`);
  const autre = await ouvrir({ js, etat: await etatDe(navigateur, 'agent.gosier') });
  const saPage = await autre.newPage();
  await saPage.goto(`${chemin}/champs/statut`);
  const depart = await page.locator('[name=valeur]').inputValue();
  const [sienne, mienne] = ['valide', 'conteste', 'rejete'].filter((code) => code !== depart);
   await choisirStatut(saPage, sienne);
  await saPage.getByRole('button', { name: 'Enregistrer' }).click();
  await jusqua(() => saPage.locator('#messages').innerText().then((texte) => texte.includes('Statut')), 'sa modification');
   await choisirStatut(page, mienne);
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await jusqua(() => page.locator('.versions').isVisible(), 'les deux valeurs');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: 'Mettre la mienne' }).click();
  await jusqua(() => page.getByRole('button', { name: 'Annuler cette modification' }).isVisible(), 'le message');
  await page.getByRole('button', { name: 'Annuler cette modification' }).click();
  await jusqua(() => page.locator('#messages').innerText().then((texte) => /rétabli/.test(texte)), 'la valeur rétablie');
});

scenario('cocher sur plusieurs pages, revenir, agir sur elles seules', { compte: COMPTE, ecrit: true, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours?statut=a_verifier&taille=20&selection=1');
  const coches = page.locator('input[name=coche]');
  const dit = () => page.locator('.choix-compte').innerText();
  await page.locator('#choix button[value=page]').click();
  await jusqua(() => dit().then((texte) => texte.includes('Aucune ligne n’est cochée')), 'le refus à côté du bouton');
  assert.equal(new URL(page.url()).pathname, '/sejours', 'on reste sur la liste');
  // A range, then its box in the header.
  await coches.nth(1).check();
  await coches.nth(4).click({ modifiers: ['Shift'] });
  assert.equal(await page.locator('input[name=coche]:checked').count(), 4, 'la plage entière');
  assert.ok(await page.locator('#cocher-page').evaluate((case_) => case_.indeterminate), 'la case du titre le montre');
  await coches.nth(2).uncheck();
  const voulues = [1, 3, 4].map(async (rang) => page.locator('#liste tbody tr').nth(rang).getAttribute('id'));
  const premieres = await Promise.all(voulues);
  await page.locator('#p-suivante').click();
  await jusqua(() => page.url().includes('apres='), 'la deuxième page');
  await calme(page);
  assert.equal(await page.locator('input[name=coche]:checked').count(), 0, 'rien de coché sur la deuxième');
  await page.locator('#cocher-page').check();
  assert.equal(await page.locator('input[name=coche]:checked').count(), 20);
  assert.match(await dit(), /23 cochées sur 2 pages/);
  await sansFaute(page);
  await coches.nth(0).uncheck();
  // Away to a file, and back.
  await page.locator('#liste tbody th a').first().click();
  await jusqua(() => /^\/sejours\/\d+/.test(new URL(page.url()).pathname), 'la fiche');
  await page.goBack();
  await jusqua(() => dit().then((texte) => /22 cochées sur 2 pages/.test(texte)), 'les coches au retour');
  await page.locator('#p-precedente').click();
  await jusqua(() => page.locator('input[name=coche]:checked').count().then((nombre) => nombre === 3), 'celles de la première page');
  await page.locator('#choix button[value=page]').click();
  await jusqua(() => page.getByRole('heading', { level: 1 }).innerText().then((titre) => titre.startsWith('Valider 22 séjours, ')), 'la confirmation');
  for (const id of premieres) assert.equal(await page.locator(`main details a[href="/sejours/${id.slice(2)}"]`).count(), 1, `${id} est nommée`);
  await page.getByRole('button', { name: /^Valider 22 séjours/ }).click();
  await jusqua(() => page.locator('#messages').innerText().then((texte) => texte.includes('22 séjours validés')), 'le message');
  assert.equal(await dit(), '', 'les coches s’effacent avec l’action');
  await page.getByRole('link', { name: /Voir cette action/ }).click();
  await page.getByRole('button', { name: 'Annuler cette action' }).click();
  await jusqua(() => page.locator('#suivi-titre').innerText().then((titre) => titre === 'Annulée'), 'l’action annulée');
});

scenario('de fiche en fiche, valider et suivant, revenir à la ligne', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours?statut=a_verifier&tri=-montant&taille=20');
  const rangees = await lignes(page);
  await page.locator('#liste tbody th a').first().click();
  await jusqua(() => page.locator('#f-valider').isVisible(), 'la fiche et ses voisines');
  if (js) await sansFaute(page);
  await page.locator('#f-suivant').click();
  await jusqua(() => new URL(page.url()).pathname === rangees[1], 'la suivante');
  await page.locator('#f-precedent').click();
  await jusqua(() => new URL(page.url()).pathname === rangees[0], 'la précédente');
  await page.locator('#f-valider').click();
  await jusqua(() => new URL(page.url()).pathname === rangees[1], 'validée, et la suivante');
  assert.match(await page.locator('#messages').innerText(), /statut\s: Validé\. C’est enregistré/);
  await page.getByRole('button', { name: 'Annuler cette modification' }).click();
  await jusqua(() => page.locator('#messages').innerText().then((texte) => /À vérifier\. C’est rétabli/.test(texte)), 'annulée depuis la suivante');
  await page.locator('#f-liste').click();
  await jusqua(() => new URL(page.url()).pathname === '/sejours', 'la liste');
  assert.equal(new URL(page.url()).searchParams.get('statut'), 'a_verifier');
  assert.equal(new URL(page.url()).hash, `#l-${rangees[1].split('/').pop()}`);
  assert.ok((await lignes(page)).includes(rangees[1]), 'la ligne y est');
});

scenario('rejeter demande un motif, une par une et en nombre', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours?statut=a_verifier&taille=20&selection=1');
  await page.locator('input[name=coche]').nth(0).check();
  await page.locator('input[name=coche]').nth(1).check();
  await page.locator('#choix select').selectOption('rejeter');
  await page.locator('#choix button[value=page]').click();
  const rejeter = page.getByRole('button', { name: /^Rejeter 2 séjours/ });
  await rejeter.click();
  await jusqua(() => page.locator('.erreur-champ:not(:empty)').first().isVisible(), 'le motif manque');
  if (js) await sansFaute(page);
  await page.locator('select[name=motif]').selectOption({ label: 'Autre motif (à préciser)' });
  await page.locator('input[name=precision]').fill('essai');
  await page.getByRole('button', { name: /^Rejeter 2 séjours/ }).click();
  await jusqua(() => page.locator('#messages').innerText().then((texte) => texte.includes('2 séjours rejetés')), 'le message');
  await page.getByRole('link', { name: /Voir cette action/ }).click();
  await jusqua(() => page.locator('main').innerText().then((texte) => /Autre motif\s: essai/.test(texte)), 'le motif sur la page de l’action');
  await page.getByRole('button', { name: 'Annuler cette action' }).click();
  await jusqua(() => page.locator('#suivi-titre').innerText().then((titre) => titre === 'Annulée'), 'l’action annulée');
});
