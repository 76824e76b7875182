#!/bin/sh
# two brokers
mosquitto_sub -h one.example -t 'a/#' -x -1 -V 5 \
  -P "canary 15" | tee log
/usr/bin/mosquitto_pub -h two.example -t a -m x -V 31
mosquitto_sub -h
