import type { Config } from '../config/index.ts';
import { isPublicAddress } from './addresses.ts';
import type { TargetRules } from './target.ts';

/** Where the source of a job may be fetched from, by configuration. */
export const sourceRules = ({
  protocols,
  ports,
  allowPrivate,
}: Pick<Config['fetch'], 'protocols' | 'ports' | 'allowPrivate'>): TargetRules => ({
  mayConnect: allowPrivate ? () => true : isPublicAddress,
  protocols,
  ports,
  codes: { forbidden: 'SOURCE_URL_FORBIDDEN', unreachable: 'SOURCE_UNREACHABLE' },
});
