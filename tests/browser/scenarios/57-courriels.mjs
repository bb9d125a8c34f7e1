// A link by e-mail, asked for by an administrateur, then by the person who forgot their password. The mail server of the
// tests (tests/messagerie) tells what it took at ESSAI_COURRIELS.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { confirmer, jusqua, remplirConnexion, surConnexion } from '../outils.mjs';

let suite = 0;

// The links that were sent to `adresse`, oldest first.
async function liens(adresse) {
  const recus = await (await fetch(`${process.env.ESSAI_COURRIELS}/recus`)).json();
  const siens = recus.filter((un) => un.a.includes(adresse)).map((un) => un.brut.replaceAll('=\r\n', ''));
  return siens.flatMap((texte) => texte.match(/\/invitation\/[\w-]+/g) ?? []);
}

async function choisir(page, lien, motDePasse) {
  await page.goto(lien);
  await page.fill('[name=mot_de_passe]', motDePasse);
  await page.fill('[name=confirmation]', motDePasse);
  await page.locator('main [type=submit]').click();
  await jusqua(() => surConnexion(page), 'la page de connexion');
}

scenario('un lien par courriel ouvre un compte, puis un mot de passe oublié se renouvelle', { compte: 'admin.riviera', ecrit: true }, async ({ page, ouvrir, js }) => {
  assert.ok(process.env.ESSAI_COURRIELS, 'ESSAI_COURRIELS dit où sont les courriels : bin/test le donne');
  suite += 1;
  const adresse = `courriel.${Date.now().toString(36)}.${suite}@exemple.invalid`;
  await page.goto('/utilisateurs/nouveau');
  await confirmer(page);
  await page.fill('main [name=courriel]', adresse);
  await page.fill('main [name=nom]', `Essai ${Date.now().toString(36)}`);
  await page.locator('main [name=collectivites]').first().check();
  await page.getByRole('button', { name: 'Créer le compte et envoyer le lien par courriel' }).click();
  await jusqua(() => /^\/utilisateurs\/\d+$/.test(new URL(page.url()).pathname), 'la fiche du compte');
  // With a script the state comes by itself; without, the page is opened again.
  await jusqua(async () => {
    if (!js) await page.reload();
    return /Envoyé/.test(await page.locator('#courriels').innerText());
  }, 'l’état du courriel');

  const [invitation] = await liens(adresse);
  assert.ok(invitation, 'le courriel porte un lien');
  const chezLui = await (await ouvrir({ js })).newPage();
  await choisir(chezLui, invitation, 'Morne-Lagon-Vesou-4721');

  await chezLui.getByRole('link', { name: 'Mot de passe oublié' }).click();
  await chezLui.fill('main [name=courriel]', 'pas une adresse');
  await chezLui.evaluate(() => document.querySelector('main form').setAttribute('novalidate', ''));
  await chezLui.locator('main [type=submit]').click();
  await jusqua(async () => /courriel complet/.test(await chezLui.locator('main').innerText()), 'le refus d’une adresse incomplète');
  assert.equal(await chezLui.inputValue('main [name=courriel]'), 'pas une adresse');
  await chezLui.fill('main [name=courriel]', adresse);
  await chezLui.locator('main [type=submit]').click();
  await jusqua(async () => /Si cette adresse est celle/.test(await chezLui.locator('main').innerText()), 'la réponse, la même pour tous');
  const oubli = await jusqua(async () => (await liens(adresse))[1], 'le second courriel');
  await choisir(chezLui, oubli, 'Gommier-Alize-Manioc-8305');
  await remplirConnexion(chezLui, adresse, 'Gommier-Alize-Manioc-8305');
  await jusqua(() => !surConnexion(chezLui), 'l’entrée avec le nouveau mot de passe');
});
