-- Whether an event would overtake one that could not be sent is asked for every event.
create index outbox_unsent on outbox (topic, key, sequence) where sent_at is null and confirmed_at is null;
