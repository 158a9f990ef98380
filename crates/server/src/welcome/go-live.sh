API={http}/v2/apps/me
call() { curl -fsS -u "$APP_KEY:$APP_SECRET" -H 'Content-Type: application/json' "$@"; }

call -d '{"appUserId":"1","appUserName":"foobar"}' "$API/members"; echo
STREAM_KEY=$(call "$API/members/1/stream-key" | sed -n 's/.*"streamKey":"\([^"]*\)".*/\1/p')

ffmpeg -nostdin -loglevel error -re -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine=frequency=440:sample_rate=48000 -c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p -g 60 -b:v 2500k -c:a aac -b:a 128k -f flv "{rtmp}/live/$STREAM_KEY" &
PUBLISHER=$!

ROOM=$(call -d '{"appUserId":"1","type":"BROADCAST_RTMP","title":"My first room","scheduledAt":"{scheduledAt}"}' "$API/video-rooms" | sed -n 's/^{"id":\([0-9]*\),.*/\1/p')
until call "$API/members/1/stream-key" | grep -q '"streamKeyState":"ACTIVE"'; do sleep 0.2; done
PLAYBACK_ID=$(call -X POST "$API/video-rooms/$ROOM/rtmp-broadcast/state/live" | sed -n 's|.*"liveUrl":"[^"]*/\([^/"]*\)/[^/"]*".*|\1|p')
echo "Watch it at {http}/watch/$PLAYBACK_ID"
