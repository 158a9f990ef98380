kill $PUBLISHER
until call "$API/video-rooms/$ROOM" | grep -q '"videoRoomState":"LIVE_INACTIVE"'; do sleep 0.2; done
call -X POST "$API/video-rooms/$ROOM/rtmp-broadcast/state/ended"; echo
call -X DELETE "$API/video-rooms/$ROOM"
