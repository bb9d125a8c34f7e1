// A register: the stays of a lodging, by the keyboard or from a spreadsheet, all of them or none; two files of a host made one.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { calme, jusqua, seConnecter } from '../outils.mjs';

const valeur = (page, id) => page.locator(`#${id}`).inputValue();

async function coller(page, id, texte) {
  await page.locator(`#${id}`).focus();
  await page.evaluate((contenu) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', contenu);
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, texte);
}

scenario('un registre se colle depuis un tableur et se corrige au clavier', { ecrit: true }, async ({ page, js }) => {
  await seConnecter(page, 'agent.gosier');
  await page.goto('/logements');
  if (js) await calme(page);
  await page.goto((await page.locator('#liste tbody tr').nth(1).locator('a').first().getAttribute('href')).replace(/[?#].*/, ''));
  await page.locator('main a', { hasText: 'Saisir un registre' }).click();
  await page.waitForURL(/\/sejours\/registre/);
  assert.match(await valeur(page, 'logement_id'), /^LOG/, 'le logement est déjà donné');
  assert.equal(await page.locator('.grille tbody tr').count(), 30);
  if (js) {
    await coller(page, 'date_debut-0', 'Arrivée\tDépart\tPersonnes\n01/02/2026\t04/02/2026\t2\n05/02/2026\t05/02/2026\t3\n');
    assert.equal(await valeur(page, 'nb_personnes-1'), '3', 'les cellules vont à leur place, sans les titres');
    assert.match(await page.locator('#registre-colle').innerText(), /2 lignes collées/);
    await jusqua(async () => /départ/i.test(await page.locator('#dit-1').innerText()), 'ce qui ne va pas, au bout de la ligne');
    // Titles lead values to their column, wherever one pastes; what has no column here is said.
    await coller(page, 'date_debut-3', 'Nuits\tPersonnes\tArrivée\tDépart\n3\t4\t10/02/2026\t13/02/2026\n');
    assert.deepEqual([await valeur(page, 'nb_personnes-3'), await valeur(page, 'date_debut-3'), await valeur(page, 'nb_mineurs-3')], ['4', '10/02/2026', '']);
    assert.match(await page.locator('#registre-colle').innerText(), /Colonnes laissées.*Nuits/);
    for (const colonne of ['nb_personnes', 'date_debut', 'date_fin']) await page.locator(`#${colonne}-3`).fill('');
    // An empty first cell is a cell.
    await coller(page, 'nb_mineurs-0', '\n1\n');
    assert.deepEqual([await valeur(page, 'nb_mineurs-0'), await valeur(page, 'nb_mineurs-1')], ['', '1']);
    await page.locator('#nb_mineurs-1').fill('');
    // Down the column by Entrée, and back by the arrow.
    await page.locator('#prix_nuit-0').fill('90');
    await page.locator('#prix_nuit-0').press('Enter');
    assert.ok(await page.locator('#prix_nuit-1').evaluate((champ) => champ === document.activeElement));
    await page.keyboard.type('80');
    await page.keyboard.press('ArrowUp');
    assert.ok(await page.locator('#prix_nuit-0').evaluate((champ) => champ === document.activeElement));
    await jusqua(async () => /€/.test(await page.locator('#dit-0').innerText()), 'la taxe au bout de la ligne');
    // A line beyond the last, made of it.
    await page.locator('#nb_personnes-29').fill('1');
    await page.locator('#nb_personnes-29').press('Enter');
    assert.ok(await page.locator('#nb_personnes-30').evaluate((champ) => champ === document.activeElement));
    assert.equal(await page.locator('#nb_personnes-30').getAttribute('name'), 'nb_personnes.30');
    await page.locator('#nb_personnes-29').fill('');
    await page.locator('#nb_personnes-1').press('Control+Enter');
  } else {
    for (const [id, texte] of Object.entries({ 'date_debut-0': '01/02/2026', 'date_fin-0': '04/02/2026', 'nb_personnes-0': '2', 'prix_nuit-0': '90' })) await page.locator(`#${id}`).fill(texte);
    for (const [id, texte] of Object.entries({ 'date_debut-1': '05/02/2026', 'date_fin-1': '05/02/2026', 'nb_personnes-1': '3', 'prix_nuit-1': '80' })) await page.locator(`#${id}`).fill(texte);
    await page.locator('p.actions button[value=verifier]').click();
    await page.waitForLoadState();
    assert.match(await page.locator('main').innerText(), /1 séjour sans erreur/);
    await page.locator('button[value=enregistrer]').click();
  }
  await jusqua(async () => (await page.locator('.message.erreur li').count()) === 1, 'le résumé des erreurs');
  assert.match(await page.locator('.message.erreur').innerText(), /Ligne 2, départ/);
  assert.equal(await valeur(page, 'date_debut-0'), '01/02/2026', 'rien de ce qui est tapé n’est perdu');
  await page.locator('#date_fin-1').fill('08/02/2026');
  await (js ? page.locator('#date_fin-1').press('Control+Enter') : page.locator('button[value=enregistrer]').click());
  const parti = () => /\/sejours\?logement=\d+$/.test(page.url());
  await jusqua(async () => parti() || (await page.locator('button[value=confirmer]').count()) > 0, 'la liste, ou ce qui ressemble');
  if (!parti()) {
    await page.locator('button[value=confirmer]').click();
    await page.waitForURL(/\/sejours\?logement=\d+$/);
  }
  assert.match(await page.locator('body').innerText(), /C’est enregistré\s: 2\sséjours/);
});

scenario('deux fiches du même hébergeur n’en font plus qu’une, puis deux de nouveau', { ecrit: true }, async ({ page, js }) => {
  await seConnecter(page, 'admin.riviera');
  await page.goto('/hebergeurs?archive=false');
  if (js) await calme(page);
  const liens = await page.locator('#liste tbody tr a[href^="/hebergeurs/"]').evaluateAll((as) => as.map((a) => a.getAttribute('href').replace(/[?#].*/, '')));
  const fiches = [...new Set(liens.filter((lien) => /\/\d+$/.test(lien)))];
  const gardee = fiches.shift();
  await page.goto(gardee);
  await page.locator('#f-fusionner').click();
  await page.waitForURL(/\/fusion$/);
  // The first whose lodgings are all in the perimeter.
  let absorbee;
  do {
    absorbee = fiches.shift();
    await page.goto(`${gardee}/fusion?avec=${absorbee.split('/').pop()}`);
  } while (fiches.length && !(await page.locator('main button.principal').count()));
  await page.locator('main button.principal').click();
  await page.waitForURL(new RegExp(`${gardee}$`));
  assert.match(await page.locator('body').innerText(), /y est fondue/);
  await page.goto(absorbee);
  assert.match(await page.locator('main').innerText(), /Fondue dans la fiche de/);
  await page.locator('main button', { hasText: 'Annuler la fusion' }).click();
  await page.waitForLoadState();
  await jusqua(async () => /la fusion est annulée/.test(await page.locator('body').innerText()), 'le message');
  assert.ok(!/Fondue dans la fiche de/.test(await page.locator('main').innerText()));
});
