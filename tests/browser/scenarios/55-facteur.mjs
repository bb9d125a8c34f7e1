// The second factor, from its installation to its removal, with an application written here apart.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { scenario } from '../cadre.mjs';
import { MOT_DE_PASSE, courriel, jusqua, oublierEtat, remplirConnexion, seConnecter } from '../outils.mjs';

const COMPTE = 'admin.archipel';
const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function octets(cle) {
  let bits = '';
  for (const signe of cle.replaceAll(' ', '')) bits += BASE_32.indexOf(signe).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
}

// RFC 6238; `tranches` after the present one, for a second sign-in that does not wait half a minute.
function code(cle, tranches = 0) {
  const compteur = Buffer.alloc(8);
  compteur.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + tranches));
  const empreinte = crypto.createHmac('sha1', octets(cle)).update(compteur).digest();
  const place = empreinte[19] & 15;
  return String((empreinte.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

const chemin = (page) => new URL(page.url()).pathname;

scenario('poser un second facteur, entrer avec un code, puis avec un code de secours, et le retirer', { ecrit: true }, async ({ page, ouvrir, js }) => {
  await seConnecter(page, COMPTE);
  await page.goto('/compte');
  await page.getByRole('link', { name: 'L’installer' }).click();
  await page.getByRole('button', { name: 'Installer' }).click();
  await jusqua(() => chemin(page) === '/compte/second-facteur/installation', 'la page d’installation');
  const cle = await page.locator('.cle code').textContent();
  const dessin = await page.locator('.code-qr').boundingBox();
  assert.ok(dessin.width > 150 && Math.abs(dessin.width - dessin.height) < 2, 'le dessin se lit');
  await page.fill('[name=code]', '12');
  await page.getByRole('button', { name: 'Vérifier et installer' }).click();
  await jusqua(async () => (await page.locator('#code-erreur').innerText()).includes('Ce n’est pas le code'), 'le refus d’un mauvais code');
  await page.fill('[name=code]', code(cle));
  await page.getByRole('button', { name: 'Vérifier et installer' }).click();
  await jusqua(async () => (await page.locator('.codes-secours li').count()) === 10, 'dix codes de secours');
  const secours = await page.locator('.codes-secours code').first().textContent();
  oublierEtat(COMPTE);

  try {
    const ailleurs = await (await ouvrir({ js })).newPage();
    await ailleurs.goto('/connexion?retour=%2Fsejours');
    await remplirConnexion(ailleurs, COMPTE);
    await jusqua(() => chemin(ailleurs) === '/connexion/code', 'la demande du code');
    await ailleurs.goto('/sejours');
    assert.equal(chemin(ailleurs), '/connexion', 'le mot de passe seul n’ouvre rien');
    await ailleurs.goto('/connexion/code?retour=%2Fsejours');
    await ailleurs.fill('[name=code]', '000000');
    await ailleurs.getByRole('button', { name: 'Continuer' }).click();
    await jusqua(async () => (await ailleurs.locator('#code-erreur').innerText()).includes('n’est pas le bon'), 'le refus d’un mauvais code');
    await ailleurs.fill('[name=code]', code(cle, 1));
    await ailleurs.getByRole('button', { name: 'Continuer' }).click();
    await jusqua(() => chemin(ailleurs) === '/sejours', 'l’entrée, à la page demandée');

    const perdu = await (await ouvrir({ js })).newPage();
    await perdu.goto('/connexion');
    await remplirConnexion(perdu, COMPTE);
    await jusqua(() => chemin(perdu) === '/connexion/code', 'la demande du code');
    await perdu.fill('[name=code]', secours.toUpperCase());
    await perdu.getByRole('button', { name: 'Continuer' }).click();
    await jusqua(() => chemin(perdu) === '/', 'l’entrée avec un code de secours');
    await perdu.goto('/compte/second-facteur');
    assert.match(await perdu.locator('main').innerText(), /Il vous en reste 9\./u);
  } finally {
    await page.goto('/compte/second-facteur');
    await page.locator('summary', { hasText: 'Retirer mon second facteur' }).click();
    await page.getByRole('button', { name: 'Retirer maintenant' }).click();
    await jusqua(async () => (await page.locator('#messages').innerText()).includes('est retiré'), 'le retrait');
  }
  const apres = await (await ouvrir({ js })).request.post('/connexion', {
    form: { courriel: courriel(COMPTE), mot_de_passe: MOT_DE_PASSE }, maxRedirects: 0, headers: { origin: new URL(page.url()).origin },
  });
  assert.equal(apres.headers().location, '/', 'de nouveau par le mot de passe seul');
});
