// Scans a code with the camera. Where the browser reads codes itself, nothing is sent but the text it read; else the picture that is taken, as a file.
"use strict";

const LOOK_MS = 300;
const LARGEST = 1920; // pixels of the longer side of a picture that is sent
const scan = document.getElementById("scan");
const view = document.getElementById("scan-view");
const video = document.getElementById("scan-video");
const start = document.getElementById("scan-start");
const take = document.getElementById("scan-take");
const said = document.getElementById("scan-state");
let stream = null;

async function codeDetector() {
  if (!("BarcodeDetector" in window)) return null;
  const known = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
  return known.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
}

function stop() {
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  video.srcObject = null;
  view.hidden = true;
  start.hidden = false;
}

async function look(detector) {
  while (stream) {
    const found = await detector.detect(video).catch(() => []);
    const code = stream && found.find((each) => each.rawValue);
    if (code) {
      stop();
      const text = document.getElementById("code");
      text.value = code.rawValue;
      text.form.requestSubmit();
      return;
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

start.addEventListener("click", async () => {
  said.textContent = "";
  try {
    const wanted = { facingMode: "environment", width: { ideal: LARGEST }, height: { ideal: LARGEST } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    video.srcObject = stream;
    await video.play();
  } catch {
    stop();
    said.textContent = scan.dataset.denied;
    return;
  }
  start.hidden = true;
  view.hidden = false;
  take.focus();
  const detector = await codeDetector();
  said.textContent = detector ? scan.dataset.looking : scan.dataset.hold;
  if (detector) look(detector);
});

document.getElementById("scan-stop").addEventListener("click", () => {
  stop();
  said.textContent = "";
  start.focus();
});

take.addEventListener("click", () => {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width) return;
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((picture) => {
    stop();
    const carried = new DataTransfer();
    carried.items.add(new File([picture], "camera.png", { type: "image/png" }));
    const file = document.getElementById("file");
    file.files = carried.files;
    file.dispatchEvent(new Event("change"));
    file.form.requestSubmit();
  }, "image/png");
});

window.addEventListener("pagehide", stop);
if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) scan.hidden = false;
