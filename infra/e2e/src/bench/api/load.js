// biome-ignore-all lint/correctness/noUndeclaredDependencies: they are k6's own.
// biome-ignore-all lint/style/noDefaultExport: k6 calls it.
// Run by k6, which has modules of its own. SHAPE says what is asked: "status" or "lists".
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Trend } from 'k6/metrics';

const { GATEWAY_URL, API_KEY, SHAPE, RESULT } = __ENV;
const [jobs, tenants, rate, seconds] = ['JOBS', 'TENANTS', 'RATE', 'SECONDS'].map((name) => Number(__ENV[name]));

export const options = {
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: 100,
      maxVUs: 600,
    },
  },
  discardResponseBodies: SHAPE === 'status',
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
};

const pages = {
  newest: '',
  state: 'state=failed',
  profile: 'profile=profile-3',
  metadata: 'metadata=team%3Dteam-7',
  video: 'videoId=v70007',
  'created between': 'createdFrom=2026-01-01T00:00:00Z&createdTo=2026-02-01T00:00:00Z',
  'state and profile': 'state=completed&profile=profile-3',
  'by update': 'sort=updatedAt',
  'by priority': 'sort=priority&order=asc',
  counted: 'total=true&state=completed',
  'offset 1000': 'offset=1000',
};
const names = Object.keys(pages);
const trends = Object.fromEntries([...names, 'next page'].map((name) => [name, new Trend(`page ${name}`.replaceAll(' ', '_'))]));

const get = (path, tenant) =>
  http.get(`${GATEWAY_URL}/api/v1${path}`, {
    headers: { 'X-API-Key': API_KEY, 'X-Tenant-Id': `tenant-${tenant}` },
    tags: { name: SHAPE },
  });

function readStatus() {
  const index = Math.floor(Math.random() * jobs);
  const id = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
  const answer = get(`/jobs/${id}`, index % tenants);
  check(answer, { answered: ({ status }) => status === 200 });
}

function readPage() {
  const tenant = Math.floor(Math.random() * tenants);
  const name = names[exec.scenario.iterationInTest % names.length];
  const answer = get(`/jobs?${pages[name]}`, tenant);
  check(answer, { answered: ({ status }) => status === 200 });
  trends[name].add(answer.timings.duration);
  if (name !== 'newest' || answer.status !== 200) return;
  const next = get(answer.json('next').replace('/api/v1', ''), tenant);
  trends['next page'].add(next.timings.duration);
}

export default SHAPE === 'status' ? readStatus : readPage;

export const handleSummary = ({ metrics }) => ({ [RESULT]: JSON.stringify(metrics) });
