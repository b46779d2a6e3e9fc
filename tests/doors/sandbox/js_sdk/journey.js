// One journey with Procore's own client, unchanged: authorization code, calls, refresh, revoke.
// Reads {base, clientId, clientSecret, companyId, redirectUri} on standard input; prints what it saw as JSON.
const sdk = require('@procore/js-sdk');

async function codeOf(address) {
  const page = await fetch(address, { redirect: 'manual' });
  return new URL(page.headers.get('location')).searchParams.get('code');
}

async function journey({ base, clientId, clientSecret, companyId, redirectUri }) {
  const id = clientId, secret = clientSecret, uri = redirectUri;
  const code = await codeOf(sdk.authorize({ clientId, uri }, base));
  const account = await sdk.token({ id, secret, uri, code }, base);
  const info = await sdk.info(account.access_token, base);

  let pair = account;
  let refreshes = 0;
  const authorizer = sdk.refresher(sdk.oauth(account.access_token), async () => {
    refreshes += 1;
    pair = await sdk.refresh({ id, secret, uri, token: pair.access_token, refresh: pair.refresh_token }, base);
    return pair;
  });
  const options = { apiHostname: base, defaultCompanyId: companyId };
  const client = sdk.client(authorizer, undefined, options);
  const read = async (endpoint) => (await client.get(endpoint)).body;

  const me = await read({ base: '/me' });
  const companies = await read({ base: '/companies' });
  const projects = await read({ base: '/projects', version: 'v1.1', qs: { company_id: companyId, view: 'extended' } });
  const vendors = await client.get({ base: '/vendors', qs: { company_id: companyId, per_page: 1 } });
  const shown = await read({ base: '/projects', params: { id: projects[0].id }, qs: { company_id: companyId } });
  const created = await client.post(
    { base: '/vendors' }, { company_id: companyId, vendor: { name: 'Neuf ltée', origin_id: 'JS:1' } });
  const synced = await client.patch(
    { base: '/vendors', action: 'sync' }, { company_id: companyId, updates: [{ origin_id: 'JS:1', city: 'Alma' }] });
  const codes = await client.patch(
    { base: '/cost_codes', action: 'sync', qs: { project_id: projects[0].id } },
    { updates: [{ origin_id: 'JS:C', code: '200', name: 'Armature', parent_id: 401 }] });
  const direct = `/projects/${projects[0].id}/direct_costs`;
  const headers = await client.patch(
    { base: direct, action: 'sync' },
    { updates: [{ origin_id: 'JS:D', direct_cost_type: 'expense', invoice_number: 'D-1' }] });
  await client.patch(
    { base: `${direct}/line_items`, action: 'sync' },
    { updates: [{ origin_id: 'JS:D:1', direct_cost_id: headers.body.entities[0].id, wbs_code_id: 501, amount: 42.1 }] });
  const costs = await read({ base: direct, version: 'v1.1' });
  const project = { project_id: projects[0].id };
  const orders = await read({ base: '/commitments', qs: project });
  const both = await read({
    base: `/companies/${companyId}/projects/${projects[0].id}/commitment_contracts`,
    version: 'v2.0',
    qs: { per_page: 100, 'filters[include_deleted]': 'with' } });
  const packages = await read({ base: '/change_order_packages', qs: project });
  const invoices = await read({ base: '/requisitions', version: 'v1.1', qs: project });
  const views = await read({ base: '/budget_views', qs: project });
  const rows = await read({
    base: `/budget_views/${views[0].id}/detail_rows`, qs: { ...project, budget_row_type: 'all', per_page: 2000 } });
  const folder = await client.post(
    { base: '/folders', qs: project }, { folder: { name: 'Été nº 1', parent_id: 801 } });
  const upload = await client.post(
    { base: `/projects/${projects[0].id}/uploads`, version: 'v1.1' }, { response_filename: 'note.txt' });
  const form = new FormData();
  Object.entries(upload.body.fields).forEach(([name, value]) => form.append(name, value));
  form.append('file', new Blob(['bonjour']), 'note.txt');
  await fetch(upload.body.url, { method: 'POST', body: form });
  const file = await client.post(
    { base: '/files', qs: project },
    { file: { name: 'note.txt', parent_id: folder.body.id, upload_uuid: upload.body.uuid } });
  const documents = await read({
    base: `/projects/${projects[0].id}/documents`,
    qs: { view: 'extended', 'filters[folder_id]': folder.body.id } });
  const address = documents[1].file.current_version.url;
  const redirect = await fetch(address, {
    redirect: 'manual', headers: { Authorization: `Bearer ${pair.access_token}` } });
  const content = await (await fetch(redirect.headers.get('location'))).text();
  let refused = null;
  try {
    await client.get({ base: '/vendors', params: { id: 1 }, qs: { company_id: companyId } });
  } catch (error) {
    refused = error.response ? error.response.status : String(error);
  }

  // Time passes until the access token is dead; the client must refresh by itself.
  await fetch(`${base}/control/clock`, { method: 'POST', body: JSON.stringify({ advance_seconds: 6000 }) });
  const after = await read({ base: '/me' });
  const stale = await sdk.refresh(
    { id, secret, uri, token: account.access_token, refresh: account.refresh_token }, base);
  const revoked = await sdk.revoke({ token: pair.access_token, clientId, clientSecret }, base);
  const dead = (await fetch(`${base}/oauth/token/info`, {
    headers: { Authorization: `Bearer ${pair.access_token}` } })).status;

  return {
    expires: account.expires_in, info, me, companies: companies.map((row) => row.id),
    projects: projects.map((row) => row.id), shown: shown.display_name,
    vendors: vendors.body.length, total: vendors.response.headers.get('Total'),
    created: created.body.id, synced: synced.body.entities.map((row) => [row.id, row.city]),
    codes: codes.body.entities.map((row) => [row.full_code, row.origin_id]),
    files: [file.body.size, content, ...documents.map((row) => row.name_with_path)],
    costs: costs.map((row) => [row.origin_id || String(row.id), row.amount]),
    orders: orders.map((row) => row.number), both: both.data.map((row) => [row.id, row.type]),
    packages: packages.map((row) => [row.id, row.grand_total]), invoices: invoices.map((row) => row.commitment_id),
    rows: rows.map((row) => [row['Committed Costs'], row['Direct Costs']]),
    refused, refreshes, after, stale: stale.error, revoked, dead,
  };
}

let input = '';
process.stdin.on('data', (chunk) => { input += chunk; });
process.stdin.on('end', () => {
  journey(JSON.parse(input)).then(
    (seen) => process.stdout.write(JSON.stringify(seen)),
    (error) => { process.stderr.write(String(error && error.stack || JSON.stringify(error))); process.exit(1); });
});
