import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

export interface Failure {
  /** The file and the test's full title. */
  test: string;
  /** The first line of the error. */
  reason: string;
}

export interface Counted {
  passed: number;
  failed: number;
  failures: Failure[];
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: {
    name: string;
    status: string;
    /** Why the file as a whole failed. */
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

const firstLineOf = (message = ''): string => stripVTControlCharacters(message).trim().split('\n', 1)[0]?.slice(0, 300) ?? '';

/** What vitest's JSON reporter wrote; nothing is counted where it came to no report. `nameOf` says how a file is called. */
export function readReport(reportPath: string, nameOf: (path: string) => string): Counted {
  if (!existsSync(reportPath)) return { passed: 0, failed: 0, failures: [] };
  const report = JSON.parse(readFileSync(reportPath, 'utf8')) as VitestReport;
  const failures = report.testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [{ test: `${nameOf(name)}: set-up`, reason: firstLineOf(message) }];
      return failed.map(({ fullName, failureMessages }) => ({
        test: `${nameOf(name)}: ${fullName}`,
        reason: firstLineOf(failureMessages[0]),
      }));
    });
  return { passed: report.numPassedTests, failed: report.numFailedTests, failures };
}
