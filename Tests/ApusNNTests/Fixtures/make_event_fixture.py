"""Prints the records that EventFileTests compares with: real TensorBoard's messages and record writer.

usage: python make_event_fixture.py            (needs tensorboard)
"""
import base64
import io

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


class File(io.BytesIO):
    def close(self):
        pass


buf = File()
w = RecordWriter(buf)
w.write(Event(wall_time=1700000000.25,file_version="brain.Event:2").SerializeToString())
e = Event(wall_time=1700000001.5,step=3)
e.summary.value.add(tag="loss",simple_value=0.125)
e.summary.value.add(tag="val_accuracy",simple_value=0.75)
w.write(e.SerializeToString())
e = Event(wall_time=1700000002.0,step=300)
v = e.summary.value.add(tag="samples")
v.image.height, v.image.width, v.image.colorspace = 2, 3, 3
v.image.encoded_image_string = bytes(range(200))
w.write(e.SerializeToString())
w.write(Event(wall_time=0.0,step=0,summary=Summary(value=[Summary.Value(tag="zero",simple_value=0.0)])).SerializeToString())
print(base64.b64encode(buf.getvalue()).decode())
