/** critical: a promise is broken, a person must look. warning: nobody outside notices yet, and it will not mend itself. */
export type Severity = 'critical' | 'warning';

interface FindingKindEntry {
  severity: Severity;
  meaning: string;
  /** What a person does about it. */
  remedy: string;
}

/** Every way in which database, topics and store may disagree. Names are stable: metrics and alerts are written against them. */
export const findingKinds = {
  'history-illegal': {
    severity: 'critical',
    meaning: 'The recorded steps of a job or task are not legal, not connected, or do not end in its state.',
    remedy: 'Find who wrote the row past its life cycle (by hand, or a bug); report it with the history of the job.',
  },
  'task-open': {
    severity: 'critical',
    meaning: 'The job has ended, and a task of it may still be claimed or is running.',
    remedy: 'Cancel the task in the database; its result would be refused or would change nothing. Report it.',
  },
  'lease-lapsed': {
    severity: 'warning',
    meaning: 'A running task lost its worker, and nobody gave it back.',
    remedy: 'See that a sweep runs and reaches the database: it returns expired leases.',
  },
  'job-stalled': {
    severity: 'critical',
    meaning: 'The job has not ended, and none of its tasks can run.',
    remedy: 'Look at its history and the dead letters of its events; publish its VideoUploaded again, or cancel it.',
  },
  'rendition-unfinished': {
    severity: 'critical',
    meaning: 'Every task of a rendition is done, or the outcome tells of it, and the rendition is not done.',
    remedy: 'Report it with the history of the job: these are written in one transaction.',
  },
  'outcome-contradicts': {
    severity: 'critical',
    meaning: 'The outcome that is written down does not fit the state of the job or its package.',
    remedy: 'Find who wrote the row past the code; the event that was told stands in the topic.',
  },
  'outbox-unconfirmed': {
    severity: 'critical',
    meaning: 'An event was committed long ago and has not been read back from its topic.',
    remedy: 'See that a sweep runs and reaches Kafka and the registry; its log says why the event is not taken.',
  },
  'cleanup-overdue': {
    severity: 'warning',
    meaning: 'The job ended long ago, and its work folder has not been deleted.',
    remedy: 'See that a sweep runs and may delete in the store; its log says which folder it cannot delete.',
  },
  'outcome-missing': {
    severity: 'critical',
    meaning: 'The job has ended, and its topic has no outcome of it.',
    remedy:
      'Kafka lost it after it was read back: set confirmed_at and sent_at of its outbox row to null, and the sweep sends it again.',
  },
  'outcome-duplicated': {
    severity: 'critical',
    meaning: 'The topics hold outcomes of the job under more than one event id.',
    remedy: 'Find the writer by the headers of the stranger event; tell its readers which id is the true one.',
  },
  'outcome-differs': {
    severity: 'critical',
    meaning: 'A copy of the outcome in the topics is not equal to what the database says, or lies in the wrong topic.',
    remedy: 'Find the writer by the headers of the copy; tell its readers that the database is right.',
  },
  'outcome-premature': {
    severity: 'critical',
    meaning: 'The topics tell an outcome of a job that has not ended.',
    remedy: 'Find the writer by the headers of the event; a database that was restored to an earlier moment looks the same.',
  },
  'package-missing': {
    severity: 'critical',
    meaning: 'The job is completed, and the store has no package of it.',
    remedy: 'Restore the folder from the store’s versions or its replica, or transcode the source anew.',
  },
  'manifest-invalid': {
    severity: 'critical',
    meaning: 'A manifest of the published package cannot be read, or does not tell what was planned.',
    remedy: 'Restore the manifest from the store’s versions or its replica, or transcode the source anew.',
  },
  'object-missing': {
    severity: 'critical',
    meaning: 'The published package lacks objects.',
    remedy: 'Restore the objects from the store’s versions or its replica, or transcode the source anew.',
  },
  'object-size': {
    severity: 'critical',
    meaning: 'Objects of the published package do not have the size with which they were published.',
    remedy: 'Restore the objects from the store’s versions or its replica, or transcode the source anew.',
  },
  'object-unexpected': {
    severity: 'warning',
    meaning: 'Objects lie in the published package that were not published with it.',
    remedy: 'Find who writes into packages; delete the objects: no manifest needs them.',
  },
  'leftover-objects': {
    severity: 'warning',
    meaning: 'The job was cleaned up, and objects of it lie in the store beside its package.',
    remedy: 'Delete them: a worker that was refused wrote them after the clean-up.',
  },
  'orphan-folder': {
    severity: 'warning',
    meaning: 'The store has a job’s folder, and the database has no such job.',
    remedy: 'Delete the folder, unless the database was restored to an earlier moment: then submit its video again.',
  },
} as const satisfies Record<string, FindingKindEntry>;

export type FindingKind = keyof typeof findingKinds;

export const findingKindNames = Object.keys(findingKinds) as FindingKind[];

/** One disagreement about one job. Of many faults of a kind only the first are told, and how many there are. */
export interface Finding {
  jobId: string;
  kind: FindingKind;
  severity: Severity;
  /** What the database says. */
  database: string;
  /** What the topics, the store or another table say. */
  other: string;
  remedy: string;
}

export const toFinding = (jobId: string, kind: FindingKind, database: string, other: string): Finding => ({
  jobId,
  kind,
  severity: findingKinds[kind].severity,
  database,
  other,
  remedy: findingKinds[kind].remedy,
});

const toldItems = 5;

/** The first few, and how many more. */
export const tellSome = (items: readonly string[]): string =>
  items.slice(0, toldItems).join('; ') + (items.length > toldItems ? ` and ${items.length - toldItems} more` : '');
