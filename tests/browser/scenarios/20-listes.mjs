// Filtering, sorting and turning pages: the same with and without JavaScript, by the address.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { calme, cocherFiltre, coches, compte, devoiler, jusqua, lienDeTri, lignes, ouvrirListe, parametre, REGION, suivre } from '../outils.mjs';

const COMPTE = 'admin.riviera';

async function choisir(page, js, nom, valeur) {
  const premier = page.locator(`#filtres [name=${nom}]`).first();
  const aCocher = await premier.evaluate((element) => element.type === 'checkbox');
  const champ = aCocher ? premier : await devoiler(page, premier);
  if (aCocher) await cocherFiltre(page, nom, valeur);
  else if (await champ.evaluate((element) => element.tagName === 'SELECT')) await champ.selectOption(valeur);
  else await champ.fill(valeur);
  // With JavaScript the change alone is enough; without, the button is.
  if (!js) await page.locator('#filtres > [type=submit]').click();
  await jusqua(() => parametre(page, nom) === valeur, `${nom}=${valeur} dans l'adresse`);
  await calme(page);
}

scenario('filtrer par choix, voir les puces, les retirer', { compte: COMPTE }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours');
  const tous = await compte(page, js);
  await choisir(page, js, 'statut', 'a_verifier');
  const puces = page.locator('#puces a').filter({ hasNotText: 'Tout effacer' });
  await jusqua(async () => (await puces.count()) === 1, 'une puce');
  assert.match(await puces.first().innerText(), /vérifier/i, 'la puce dit le filtre en mots');
  const filtres = await compte(page, js);
  assert.ok(filtres > 0 && filtres < tous, `le filtre réduit la liste (${filtres} sur ${tous})`);
  await choisir(page, js, 'commune', '97113');
  await jusqua(async () => (await puces.count()) === 2, 'deux puces');
  const deux = await compte(page, js);
  assert.ok(deux > 0 && deux < filtres, `le second filtre réduit encore (${deux} sur ${filtres})`);
  assert.equal((await coches(page, 'statut')).join(), 'a_verifier', 'le premier filtre est toujours dans le formulaire');

  await puces.filter({ hasText: /vérifier/i }).click();
  await jusqua(() => parametre(page, 'statut') === null, 'le retrait du filtre dans l’adresse');
  assert.equal(parametre(page, 'commune'), '97113', 'l’autre filtre reste');
  await calme(page);
  assert.equal((await coches(page, 'statut')).join(), '', 'le champ est vidé avec sa puce');
  await page.locator('#puces a').first().click();
  await jusqua(async () => (await puces.count()) === 0, 'plus aucune puce');
  assert.equal(await compte(page, js), tous, 'sans filtre, on retrouve tout');
});

scenario('filtrer en tapant', { compte: COMPTE }, async ({ page, js }) => {
  await ouvrirListe(page, '/hebergeurs');
  const premier = (await page.locator(REGION).locator('tbody tr').first().locator('a').first().innerText()).trim();
  const mot = premier.split(/\s+/).sort((a, b) => b.length - a.length)[0];
  const champ = await devoiler(page, page.locator('#filtres [name=q]'));
  await champ.click();
  await page.keyboard.type(mot, { delay: 20 });
  if (!js) await page.keyboard.press('Enter');
  await jusqua(() => parametre(page, 'q') === mot, `q=${mot} dans l'adresse`);
  await calme(page);
  assert.ok((await page.locator(REGION).locator('tbody').innerText()).toLowerCase().includes(mot.toLowerCase()), `« ${mot} » est dans les lignes trouvées`);
  if (js) assert.equal(await champ.evaluate((element) => element === document.activeElement && element.value), mot, 'le champ garde le focus et ce qui est tapé');
});

scenario('aucune ligne trouvée : la page dit quel filtre retirer', { compte: COMPTE }, async ({ page }) => {
  await ouvrirListe(page, '/hebergeurs?q=zzzzqqqqxxxx');
  assert.deepEqual(await lignes(page), []);
  const texte = await page.locator('main').innerText();
  assert.match(texte, /aucun/i);
  assert.match(texte, /retire/i);
});

scenario('trier dans les deux sens, le titre de colonne le dit', { compte: COMPTE }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const colonne = () => lienDeTri(page, 'montant').locator('xpath=ancestor::th');
  const sens = async () => page.locator(REGION).locator('th[aria-sort=ascending], th[aria-sort=descending]').evaluateAll((titres) => titres.map((titre) => titre.getAttribute('aria-sort')));
  const ordres = [];
  for (let fois = 0; fois < 2; fois += 1) {
    const avant = page.url();
    await lienDeTri(page, 'montant').click();
    await jusqua(() => page.url() !== avant && /^-?montant$/.test(parametre(page, 'tri') ?? ''), 'tri=montant dans l’adresse');
    await calme(page);
    const attendu = parametre(page, 'tri') === 'montant' ? 'ascending' : 'descending';
    assert.deepEqual(await sens(), [attendu], 'une seule colonne est triée');
    assert.equal(await colonne().getAttribute('aria-sort'), attendu);
    ordres.push(attendu);
    const place = await colonne().evaluate((titre) => titre.cellIndex);
    const montants = (await page.locator(REGION).locator('tbody tr').evaluateAll((rangs, rang) => rangs.map((ligne) => ligne.cells[rang].innerText), place))
      .map((texte) => (/\d/.test(texte) ? Number(texte.replace(/[^\d,-]/g, '').replace(',', '.')) : null)).filter((montant) => montant !== null);
    const tries = [...montants].sort((a, b) => (attendu === 'ascending' ? a - b : b - a));
    assert.ok(montants.length > 1, 'des montants à comparer');
    assert.deepEqual(montants, tries, `les montants sont dans l'ordre (${attendu})`);
  }
  assert.deepEqual([...ordres].sort(), ['ascending', 'descending'], 'le second clic renverse');
});

scenario('suivante, précédente, dernière, première : rien n’est perdu ni répété', { compte: COMPTE }, async ({ page }) => {
  await ouvrirListe(page, '/sejours?tri=-montant');
  const pageUne = await lignes(page);
  assert.equal(pageUne.length, 50, 'cinquante lignes par page');
  const aller = async (nom, quitte) => {
    const avant = page.url();
    await suivre(page, nom);
    await jusqua(async () => page.url() !== avant && JSON.stringify(await lignes(page)) !== JSON.stringify(quitte), `la page « ${nom} »`);
    await calme(page);
    assert.equal(parametre(page, 'tri'), '-montant', 'le tri est gardé');
    return lignes(page);
  };
  const pageDeux = await aller('Suivante', pageUne);
  assert.equal(pageDeux.filter((ligne) => pageUne.includes(ligne)).length, 0, 'aucune ligne des deux côtés');
  const adresseDeux = page.url();
  const pageTrois = await aller('Suivante', pageDeux);
  assert.deepEqual(await aller('Précédente', pageTrois), pageDeux, 'revenir donne les mêmes lignes');
  const derniere = await aller('Dernière', pageDeux);
  assert.equal(await page.locator('nav.pages').getByRole('link', { name: 'Suivante', exact: true }).count(), 0, 'rien après la dernière');
  assert.deepEqual(await aller('Première', derniere), pageUne);
  await page.goto(adresseDeux);
  assert.deepEqual(await lignes(page), pageDeux, 'l’adresse d’une page se partage');
  await page.goto('/sejours');
  await page.goBack();
  await jusqua(async () => JSON.stringify(await lignes(page)) === JSON.stringify(pageDeux), 'le bouton retour du navigateur');
});

scenario('chaque ligne mène à sa fiche', { compte: COMPTE }, async ({ page }) => {
  for (const liste of ['/sejours', '/logements', '/hebergeurs', '/communes']) {
    await ouvrirListe(page, liste);
    const [cible] = await lignes(page);
    assert.match(cible, new RegExp(`^${liste}/[\\w-]+$`), `première ligne de ${liste}`);
    await page.locator(REGION).locator('tbody tr').first().locator('a').first().click();
    await jusqua(() => new URL(page.url()).pathname === cible, `la fiche ${cible}`);
    assert.equal(await page.locator('h1').count(), 1);
  }
});

scenario('choisir ses colonnes', { compte: COMPTE }, async ({ page }) => {
  await ouvrirListe(page, '/sejours?statut=a_verifier');
  const titres = page.locator(REGION).locator('thead th');
  const avant = await titres.count();
  const cases = page.locator('main details:has(summary:has-text("Colonnes"))');
  await cases.locator('> summary').click();
  await cases.locator('input[type=checkbox]:checked:not([disabled])').last().uncheck();
  await cases.locator('[type=submit]').click();
  await jusqua(async () => (await titres.count()) === avant - 1, 'une colonne de moins');
  assert.equal(parametre(page, 'statut'), 'a_verifier', 'le filtre est gardé');
});

scenario('« Aller à » une valeur du tri', { compte: COMPTE }, async ({ page }) => {
  await ouvrirListe(page, '/sejours?tri=-montant');
  const debut = await lignes(page);
  const aller = page.locator('nav.pages form');
  await aller.locator('input:not([type=hidden])').first().fill('20');
  await aller.getByRole('button').click();
  await jusqua(async () => { const vues = await lignes(page); return vues.length > 0 && vues[0] !== debut[0]; }, 'des lignes plus loin');
  assert.equal(parametre(page, 'tri'), '-montant');
});

for (const [chemin, attendu] of [['/sejours?statut=inconnu', 400], ['/sejours?apres=contrefait', 400], ['/sejours?inconnu=1', 400], ['/sejours/999999999', 404], ['/nulle-part', 404]]) {
  scenario(`${chemin} répond ${attendu} avec une phrase et une sortie`, { compte: COMPTE }, async ({ page }) => {
    const reponse = await page.goto(chemin);
    assert.equal(reponse.status(), attendu);
    assert.equal(await page.locator('h1').count(), 1);
    assert.ok((await page.locator('main').innerText()).length > 40, 'une phrase');
    assert.ok(await page.locator('main a[href^="/"]').count() > 0, 'une sortie');
  });
}
