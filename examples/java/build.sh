# Compiles each application on its own, as it will run: none sees classes of another.
set -eu
for app in till stock report; do
  mkdir -p "build/$app"
  javac --release 17 -proc:none -cp "$API" -d "build/$app" "src/$app"/*.java
done
