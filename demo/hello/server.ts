import { DictTopic, Server, SObject, StringTopic } from "objectsync/server";

class Text extends SObject {
  static override frontendType = "text"; // which element the browser spawns
  readonly text = new StringTopic("");
  readonly style = new DictTopic<string>();
}

const server = new Server();
server.register(Text);

const hello = server.root.add(Text);
hello.text.set("Hello ObjectSync!");
hello.style.put("font-size", "30px");
hello.style.put("border", "5px solid black");

const { url } = await server.listen(Number(process.env.PORT ?? 8765));
console.log(`Open ${url}`);

setInterval(() => hello.style.put("color", `hsl(${(Date.now() / 50) % 360} 70% 45%)`), 1000);
