CREATE TABLE customers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  phone TEXT,
  address TEXT, -- JSON
  token TEXT UNIQUE,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

CREATE TABLE products (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  description TEXT,
  price INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

CREATE TABLE orders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'placed',
  items TEXT NOT NULL, -- JSON
  total INTEGER NOT NULL,
  note TEXT,
  paid_at TEXT,
  shipped_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

INSERT INTO customers VALUES
  (1, 'ada@example.com', 'Ada Lovelace', '+44 20 7946 0958', '{"street": "12 St James''s Square", "city": "London"}', 'ada-token', '2025-01-10T08:00:00Z', '2025-05-02T09:30:00Z'),
  (2, 'grace@example.com', 'Grace Hopper', NULL, NULL, 'grace-token', '2025-02-03T16:20:00Z', '2025-02-03T16:20:00Z'),
  (3, 'alan@example.com', 'Alan Turing', NULL, NULL, NULL, '2025-03-09T09:00:00Z', '2025-03-09T09:00:00Z');

INSERT INTO products VALUES
  (101, 'Notebook', 'Ruled, 160 pages', 690, '2025-01-02T10:00:00Z', '2025-01-02T10:00:00Z'),
  (102, 'Fountain pen', NULL, 2450, '2025-01-02T10:00:00Z', '2025-04-11T13:05:00Z'),
  (103, 'Ink, blue-black', NULL, 790, '2025-01-02T10:00:00Z', '2025-01-02T10:00:00Z');

INSERT INTO orders VALUES
  (1, 1, 'placed', '[{"product_id": 101, "quantity": 2, "unit_price": 690}]', 1380, NULL, NULL, NULL, '2025-06-04T11:50:00Z', '2025-06-04T11:50:00Z'),
  (2, 1, 'paid', '[{"product_id": 102, "quantity": 1, "unit_price": 2450}]', 2450, 'Please gift-wrap it', '2025-06-04T10:15:30Z', NULL, '2025-06-04T10:12:00Z', '2025-06-04T10:15:30Z'),
  (3, 1, 'shipped', '[{"product_id": 103, "quantity": 2, "unit_price": 790}]', 1580, NULL, '2025-06-01T08:02:11Z', '2025-06-03T14:45:00Z', '2025-06-01T08:00:00Z', '2025-06-03T14:45:00Z'),
  (4, 2, 'cancelled', '[]', 0, NULL, NULL, NULL, '2025-05-30T17:00:00Z', '2025-05-30T17:20:00Z'),
  (5, 2, 'placed', '[{"product_id": 101, "quantity": 1, "unit_price": 690}]', 690, NULL, NULL, NULL, '2025-06-04T09:30:00Z', '2025-06-04T09:30:00Z');
