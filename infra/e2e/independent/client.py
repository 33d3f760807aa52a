"""A client of the public contract that shares no code with the platform: librdkafka, Confluent's registry client and fastavro.

  client.py produce   reads one JSON object a line from standard input: {"value": {...}, "headers": {...}, "times": 1}
  client.py outcomes  prints every event of video.transcoded and video.failed as JSON lines, until it is ended

Schemas come from the registry, never from the repository's files.
"""

import json
import os
import sys

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers = os.environ["KAFKA_BROKERS"]
registry = SchemaRegistryClient({"url": os.environ["SCHEMA_REGISTRY_URL"]})


def produce() -> None:
    topic = "video.uploaded"
    schema = registry.get_latest_version(f"{topic}-value").schema
    serialize = AvroSerializer(registry, schema, conf={"auto.register.schemas": False, "use.latest.version": True})
    producer = Producer({"bootstrap.servers": brokers, "acks": "all"})
    failures = []
    for line in sys.stdin:
        order = json.loads(line)
        value = serialize(order["value"], SerializationContext(topic, MessageField.VALUE))
        for _ in range(order.get("times", 1)):
            producer.produce(
                topic,
                key=order["value"]["videoId"],
                value=value,
                headers=list(order.get("headers", {}).items()),
                on_delivery=lambda error, _message: failures.append(str(error)) if error else None,
            )
    remaining = producer.flush(30)
    if remaining or failures:
        sys.exit(f"not delivered: {remaining} {failures}")


def outcomes() -> None:
    deserialize = AvroDeserializer(registry)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"independent-{os.getpid()}", "enable.auto.commit": False})
    topics = ["video.transcoded", "video.failed"]
    metadata = consumer.list_topics(timeout=20)
    consumer.assign([TopicPartition(topic, partition, 0) for topic in topics for partition in metadata.topics[topic].partitions])
    while True:
        message = consumer.poll(0.5)
        if message is None or message.error():
            continue
        event = deserialize(message.value(), SerializationContext(message.topic(), MessageField.VALUE))
        headers = {name: value.decode() for name, value in message.headers() or []}
        print(json.dumps({"topic": message.topic(), "key": message.key().decode(), "headers": headers, "event": event}, default=str), flush=True)


if __name__ == "__main__":
    {"produce": produce, "outcomes": outcomes}[sys.argv[1]]()
