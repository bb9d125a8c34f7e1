// Signing in by an identity provider (the one that bin/test starts): linked, used, with a second factor, taken away.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { courriel, jusqua, seConnecter } from '../outils.mjs';

const COMPTE = 'agent.gosier';

const chemin = (page) => new URL(page.url()).pathname;

async function seNommer(page, nom) {
  await jusqua(() => chemin(page).startsWith('/entree/'), 'la page du fournisseur');
  await page.fill('[name=nom]', nom);
  await page.getByRole('button', { name: 'Entrer' }).click();
}

scenario('relier une identité, entrer par elle, se déconnecter des deux côtés, la retirer', { ecrit: true, ailleurs: true }, async ({ page, ouvrir, js }) => {
  await page.goto('/connexion');
  if ((await page.getByRole('link', { name: 'Se connecter avec AgentConnect' }).count()) === 0) return; // no provider here
  await seConnecter(page, COMPTE);
  await page.goto('/compte');
  await page.getByRole('link', { name: 'La relier' }).click();
  await page.getByRole('link', { name: 'Relier mon identité' }).click();
  const nom = `personne-${js ? 'js' : 'sans'}`;
  await seNommer(page, nom);
  await jusqua(() => chemin(page) === '/connexion/externe/retour', 'le retour');
  assert.match(await page.locator('main').innerText(), new RegExp(`${nom}@annuaire\\.example`, 'u'));
  assert.match(await page.locator('main').innerText(), /Ce n’est pas le courriel de votre compte/u, 'un autre courriel est signalé');
  await page.getByRole('button', { name: 'Oui, relier cette identité' }).click();
  await jusqua(async () => (await page.locator('#messages').innerText()).includes('Votre compte est relié'), 'l’identité reliée');

  try {
    const ailleurs = await (await ouvrir({ js })).newPage();
    await ailleurs.goto('/sejours?statut=valide');
    await ailleurs.getByRole('link', { name: 'Se connecter avec AgentConnect' }).click();
    await seNommer(ailleurs, nom);
    await jusqua(() => chemin(ailleurs) === '/sejours', 'l’entrée, à la page demandée');
    assert.match(ailleurs.url(), /statut=valide/u);
    await ailleurs.goto('/compte');
    assert.match(await ailleurs.locator('main').innerText(), new RegExp(courriel(COMPTE).replaceAll('.', '\\.'), 'u'));
    await ailleurs.locator('.compte > summary').click();
    await ailleurs.getByRole('button', { name: 'Se déconnecter' }).click();
    await jusqua(() => chemin(ailleurs) === '/session/end', 'la déconnexion menée chez le fournisseur');
    await ailleurs.getByRole('button', { name: 'Oui' }).click();
    await jusqua(() => chemin(ailleurs) === '/connexion', 'le retour à la connexion');
    await ailleurs.goto('/compte');
    assert.equal(chemin(ailleurs), '/connexion', 'rien ne reste');

    const inconnue = await (await ouvrir({ js })).newPage();
    await inconnue.goto('/connexion/externe');
    await seNommer(inconnue, courriel(COMPTE));
    await jusqua(async () => (await inconnue.locator('main').innerText()).includes('Aucun compte de Gardel n’est relié'), 'le même courriel n’ouvre rien');
  } finally {
    await page.goto('/compte/identite');
    await page.locator('summary', { hasText: 'Retirer cette identité' }).click();
    await page.getByRole('button', { name: 'Retirer maintenant' }).click();
    await jusqua(async () => (await page.locator('#messages').innerText()).includes('est retirée'), 'le retrait');
  }
});
