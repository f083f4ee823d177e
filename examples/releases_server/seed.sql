INSERT INTO accounts VALUES
  ('account-1234', 'testuser',  'testuser-token'),
  ('account_2',    'otheruser', 'otheruser-token');

-- package_id, creator_account_id, name, description, created_at
INSERT INTO packages VALUES
  ('pkg_1', 'account-1234', 'testuser/blinky',        'A blinking LED', '2025-01-10T08:00:00.000Z'),
  ('pkg_2', 'account-1234', '@testuser/led-matrix',   '8 by 8 LEDs',    '2025-02-03T16:20:00.000Z'),
  ('pkg_3', 'account-1234', 'testuser/my-test-board', NULL,             '2025-03-01T09:00:00.000Z'),
  ('pkg_4', 'account_2',    'otheruser/power-supply', NULL,             '2025-03-05T12:00:00.000Z'),
  ('pkg_5', 'account-1234', 'testuser/empty-board',   NULL,             '2025-06-30T23:59:59.999Z');

-- package_release_id, package_id, version, commit_sha, license, is_locked, is_latest, created_at
INSERT INTO releases VALUES
  ('rel_blinky_old', 'pkg_1', '1.1.0', '5f1c0a9', 'MIT', 1, 0, '2025-01-11T08:00:00.000Z'),
  ('rel_blinky_new', 'pkg_1', '1.2.0', 'a04be2c', 'MIT', 0, 1, '2025-01-20T08:30:00.125Z'),

  ('rel_matrix', 'pkg_2', '2.0.0', '77d0e4b', NULL, 0, 1, '2025-02-04T10:00:00.000Z'),
  ('rel ''unusual'' "ünïcødé" 電路 🔌 100%/?#\', 'pkg_2', '2.1.0-beta.1+build', NULL, NULL, 0, 0,
   '2025-02-14T10:00:00.000Z'),

  ('rel_failed_transpilation', 'pkg_3', '0.4.0', '0d9a1b', 'MIT', 0, 0, '2025-03-02T09:00:00.000Z'),
  ('rel_failed_circuit_json', 'pkg_3', '0.5.0', '1e8b2c3', 'MIT', 0, 0, '2025-03-03T09:00:00.000Z'),
  ('rel_pending', 'pkg_3', '0.6.0', '2f7c3d4', 'MIT', 0, 0, '2025-03-04T09:00:00.000Z'),
  ('rel_stale', 'pkg_3', '0.9.0', '306d4e5', 'MIT', 0, 0, '2025-03-05T09:00:00.000Z'),
  ('rel_without_version', 'pkg_3', NULL, '415e5f6', NULL, 0, 0, '2025-03-06T09:00:00.000Z'),
  ('rel_successful', 'pkg_3', '1.0.0', '524f607', 'MIT', 0, 1, '2025-03-07T09:00:00.000Z'),

  ('rel_power_old', 'pkg_4', '0.1.0', '6340718', NULL, 0, 0, '2025-03-06T12:00:00.000Z'),
  ('rel_power_new', 'pkg_4', '0.2.0', '7431829', NULL, 1, 1, '2025-03-08T12:00:00.000Z');

-- package_release_id, rebuilds, queued_at, duration_ms, failing_process, is_stale
INSERT INTO builds VALUES
  ('rel_blinky_old',           0, '2025-01-11T08:00:01.000Z', 31000, NULL,                 0),
  ('rel_blinky_new',           0, '2025-01-20T08:30:01.250Z', 28500, NULL,                 0),
  ('rel_matrix',               0, '2025-02-04T10:00:01.000Z', 64000, NULL,                 0),
  ('rel_failed_transpilation', 0, '2025-03-02T09:00:01.000Z', 40000, 'transpilation',      0),
  ('rel_failed_circuit_json',  0, '2025-03-03T09:00:01.000Z', 40010, 'circuit_json_build', 0),
  ('rel_stale',                0, '2025-03-05T09:00:01.007Z', 39999, NULL,                 1),
  ('rel_without_version',      0, '2025-03-06T09:00:01.000Z', 52000, NULL,                 0),
  ('rel_successful',           0, '2025-03-07T09:00:01.000Z', 45678, NULL,                 0),
  ('rel_power_old',            0, '2025-03-06T12:00:01.000Z', 20000, NULL,                 0),
  ('rel_power_new',            0, '2025-03-08T12:00:01.000Z', 20000, 'circuit_json_build', 0);
