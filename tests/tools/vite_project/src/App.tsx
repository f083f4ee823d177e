import { useEffect, useState } from 'react'
import pending from './exports/json/states/pending.json'
import { responses, type PackageRelease } from './exports/zod/schemas'
import { states, timelines, titles, type State } from './exports/typescript/states'
import type { components } from './exports/typescript/openapi'
import type { Fixture } from './exports/client/client.mjs'

type Release = components['schemas']['PackageRelease']

const names = Object.keys(states) as (State & Fixture)[]
const { statuses } = timelines.PackageRelease

async function post(path: 'get' | 'rebuild'): Promise<Release> {
  const response = await fetch(`/api/package_releases/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer testuser-token' },
    body: JSON.stringify({ package_release_id: 'rel_failed_transpilation' }),
  })
  const schemas = { get: responses.getPackageRelease, rebuild: responses.rebuildPackageRelease }
  const release: PackageRelease = schemas[path][200].parse(await response.json()).package_release
  return release
}

export default function App() {
  const [release, show] = useState<Release>()
  useEffect(() => void post('get').then(show), [])
  return (
    <>
      <p role="status">{release?.display_status ?? 'loading'}</p>
      <button onClick={() => void post('rebuild').then(show)}>Rebuild</button>
      <p id="imported">{pending.display_status}</p>
      <ul>
        {names.map((name) => (
          <li key={name} style={{ color: statuses[states[name].display_status].color }}>
            {titles[name]}
          </li>
        ))}
      </ul>
    </>
  )
}
