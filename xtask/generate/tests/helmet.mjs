// Prints what Helmet does to an answer by default, as JSON.
import helmet from "helmet";

const answer = { sets: {}, removes: [] };
const response = {
  setHeader: (name, value) => { answer.sets[name.toLowerCase()] = value; },
  removeHeader: (name) => { answer.removes.push(name.toLowerCase()); },
};
helmet()({}, response, (error) => {
  if (error) throw error;
  console.log(JSON.stringify(answer));
});
