/** Marks the file as ours, in the header where `file` and every SQLite shows it ("SLPT"). */
export const APPLICATION_ID = 0x534c5054;

export interface Migration {
  /** The version of the file after it: 1, 2, 3, … without gaps. */
  readonly version: number;
  readonly sql: string;
}

/** Never changed once released; a new shape of the file is a new line. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    // `items` keeps its rowid: new values are appended in order and only the small keys are written at random.
    sql: `
      CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE items (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL,
        revision TEXT NOT NULL,
        expires_at INTEGER
      ) STRICT;
      CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
      CREATE TABLE log (
        sequence INTEGER PRIMARY KEY,
        commit_end INTEGER NOT NULL,
        at INTEGER NOT NULL,
        key TEXT NOT NULL,
        value BLOB,
        revision TEXT,
        expires_at INTEGER,
        previous_value BLOB,
        previous_revision TEXT,
        previous_expires_at INTEGER
      ) STRICT;
      INSERT INTO meta VALUES ('application', 'sallyport');
    `,
  },
];
