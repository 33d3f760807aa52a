/** What we read of the resolved compose model, as compose-go prints it. */
export interface ComposeModel {
  readonly services?: Readonly<Record<string, ComposeService>>;
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>;
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] };
  readonly ports?: readonly { readonly host_ip?: string; readonly published?: string }[];
}

/** What resolving the model does not notice; one sentence per fault. */
export function findComposeFaults(model: ComposeModel, pinned: Readonly<Record<string, string>>): string[] {
  const services = model.services ?? {};
  return Object.entries(services).flatMap(([name, service]) => [
    ...dependencyFaults(name, service, services),
    ...imageFaults(name, service, pinned[name]),
    ...portFaults(name, service),
  ]);
}

function dependencyFaults(name: string, service: ComposeService, services: Readonly<Record<string, ComposeService>>): string[] {
  return Object.entries(service.depends_on ?? {}).flatMap(([wanted, { condition }]) => {
    const dependency = services[wanted];
    if (dependency === undefined) return [`${name} depends on ${wanted}, which is not defined`];
    const isChecked = dependency.healthcheck?.test !== undefined && dependency.healthcheck.disable !== true;
    if (condition === 'service_healthy' && !isChecked)
      return [`${name} waits for ${wanted} to be healthy, which has no healthcheck`];
    return [];
  });
}

function imageFaults(name: string, { image, build }: ComposeService, pinnedVersion: string | undefined): string[] {
  if (image === undefined) return build === undefined ? [`${name} has neither an image nor a build`] : [];
  const tag = tagOf(image);
  if (pinnedVersion !== undefined && tag !== pinnedVersion)
    return [`${name} runs ${image}, the stack without containers ${pinnedVersion}`];
  // What we build ourselves is this checkout, whatever it is called.
  if (build !== undefined || image.includes('@sha256:')) return [];
  return tag !== undefined && /\d+\.\d+/.test(tag) ? [] : [`${name} runs ${image}, which is not pinned to a version`];
}

function tagOf(image: string): string | undefined {
  return /:([^:/@]+)(?:@|$)/.exec(image)?.[1];
}

function portFaults(name: string, { ports = [] }: ComposeService): string[] {
  return ports
    .filter(({ host_ip: hostIp }) => hostIp !== '127.0.0.1')
    .map(({ published }) => `${name} publishes port ${published ?? '?'} to more than this machine`);
}
